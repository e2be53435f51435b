package org.ugmm.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.data.Precision;
import org.ugmm.testdata.Golden;

/** Checks of answers before they are timed; a wrong answer is no benchmark. */
final class Check {
  private static final int NUM_ROWS = 8;

  private Check() {}

  /** The rows and root values that a peer computed in double precision. */
  record PeerRows(double[][] rows, double[][] roots) {
    static PeerRows read() {
      Path file = Golden.find("models/peers/ugmm-784-128-64-10.golden.json");
      try {
        JsonNode json = new ObjectMapper().readTree(file.toFile());
        return new PeerRows(matrix(json.get("rows")), matrix(json.get("roots")));
      } catch (IOException e) {
        throw new UncheckedIOException("golden values " + file, e);
      }
    }

    private static double[][] matrix(JsonNode json) {
      double[][] matrix = new double[json.size()][];
      for (int i = 0; i < matrix.length; i++) {
        JsonNode row = json.get(i);
        matrix[i] = new double[row.size()];
        Arrays.setAll(matrix[i], j -> row.get(j).asDouble());
      }
      return matrix;
    }
  }

  /**
   * Checks an evaluator: the uGMM network against the peers' values, every other workload against
   * {@link Textbook} on the first rows.
   *
   * @throws IllegalStateException if an answer is wrong
   */
  static void evaluator(
      Workload workload,
      Circuit circuit,
      Evaluator evaluator,
      Precision precision,
      double[] rows,
      int numRows) {
    double tolerance = precision == Precision.DOUBLE ? 1e-9 : 1e-3;
    if (workload == Workload.UGMM) {
      peers(circuit, evaluator, tolerance);
      return;
    }
    Textbook textbook = Textbook.of(circuit);
    int count = Math.min(numRows, NUM_ROWS);
    double[] logs = new double[numRows];
    evaluator.logDensity(rows, numRows, logs);
    int numVariables = circuit.numVariables();
    for (int r = 0; r < count; r++) {
      double expected =
          textbook.logValue(Arrays.copyOfRange(rows, r * numVariables, (r + 1) * numVariables));
      if (circuit.normaliser().isKnown()) {
        expected -= circuit.normaliser().logZ();
      }
      close(workload + ", log-density of row " + r, expected, logs[r], tolerance);
    }
  }

  private static void peers(Circuit circuit, Evaluator evaluator, double tolerance) {
    PeerRows peer = PeerRows.read();
    int numVariables = circuit.numVariables();
    int numRows = peer.rows().length;
    double[] rows = new double[numRows * numVariables];
    for (int r = 0; r < numRows; r++) {
      System.arraycopy(peer.rows()[r], 0, rows, r * numVariables, peer.rows()[r].length);
    }
    double[] posterior = new double[numRows * Workload.NUM_CLASSES];
    evaluator.posterior(Workload.UGMM.queried(), rows, numRows, posterior);
    for (int r = 0; r < numRows; r++) {
      double[] expected = Arrays.stream(peer.roots()[r]).map(Math::exp).toArray();
      double total = Arrays.stream(expected).sum();
      for (int k = 0; k < expected.length; k++) {
        close(
            "UGMM, row " + r + ", probability of class " + k,
            expected[k] / total,
            posterior[r * Workload.NUM_CLASSES + k],
            tolerance);
      }
    }
  }

  /**
   * Checks one number.
   *
   * @param tolerance absolute below 1, relative above
   * @throws IllegalStateException if it is off by more
   */
  static void close(String what, double expected, double found, double tolerance) {
    boolean same = expected == found;
    if (!same && !(Math.abs(expected - found) <= tolerance * Math.max(1, Math.abs(expected)))) {
      throw new IllegalStateException(
          "%s: found %s, expected %s within %s".formatted(what, found, expected, tolerance));
    }
  }
}
