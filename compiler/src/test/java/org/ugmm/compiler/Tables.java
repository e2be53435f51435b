package org.ugmm.compiler;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ugmm.engine.Evaluator;
import org.ugmm.testdata.Golden;

/** Reads the golden files and evaluates rows. */
final class Tables {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Tables() {}

  static JsonNode json(String path) throws IOException {
    return JSON.readTree(Golden.find(path).toFile());
  }

  static double[] row(JsonNode array) {
    return row(array, List.of());
  }

  /** Numbers, null for unobserved, and states as their names. */
  static double[] row(JsonNode array, List<String> states) {
    double[] row = new double[array.size()];
    for (int i = 0; i < row.length; i++) {
      JsonNode cell = array.get(i);
      row[i] =
          cell.isNull()
              ? Double.NaN
              : cell.isTextual() ? states.indexOf(cell.asText()) : cell.asDouble();
    }
    return row;
  }

  static double[][] rows(JsonNode array) {
    double[][] rows = new double[array.size()][];
    for (int r = 0; r < rows.length; r++) {
      rows[r] = row(array.get(r));
    }
    return rows;
  }

  /** Numbers separated by commas behind a header row. */
  static double[][] csv(Path file, boolean hasHeader) throws IOException {
    List<String> lines = Files.readAllLines(file);
    return lines.stream()
        .skip(hasHeader ? 1 : 0)
        .filter(line -> !line.isBlank())
        .map(
            line -> {
              String[] cells = line.split(",", -1);
              double[] row = new double[cells.length];
              for (int i = 0; i < row.length; i++) {
                row[i] = cells[i].isEmpty() ? Double.NaN : Double.parseDouble(cells[i]);
              }
              return row;
            })
        .toArray(double[][]::new);
  }

  /** The log-density of each row. */
  static double[] logDensity(Compilation compiled, double[][] rows) {
    int numVariables = compiled.circuit().numVariables();
    double[] flat = new double[rows.length * numVariables];
    for (int r = 0; r < rows.length; r++) {
      System.arraycopy(rows[r], 0, flat, r * numVariables, numVariables);
    }
    double[] result = new double[rows.length];
    new Evaluator(compiled.circuit()).logDensity(flat, rows.length, result);
    return result;
  }

  /** Relative difference, absolute where the expected value is near 0. */
  static double difference(double expected, double actual) {
    if (expected == actual) {
      return 0;
    }
    return Math.abs(expected - actual) / Math.max(1, Math.abs(expected));
  }
}
