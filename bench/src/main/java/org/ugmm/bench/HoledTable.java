package org.ugmm.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * A table some of whose known cells are hidden.
 *
 * @param variables the columns
 * @param truth [rows][columns] numbers and indices of states, NaN where nobody knows
 * @param seen the same with NaN where a cell is hidden too
 */
record HoledTable(List<Variable> variables, double[][] truth, double[][] seen) {
  /** A column of numbers with no more values than this is one of states. */
  private static final int MOST_STATES = 10;

  /** A column of more texts than this names rows, and is left out. */
  private static final int MOST_TEXTS = 50;

  /** How cells are chosen. */
  enum Hidden {
    /** Each with the same probability. */
    AT_RANDOM,
    /** Large values of a column, and later states, up to twice as often as on average. */
    LARGE_MORE_OFTEN
  }

  /** Reads a table without quoted separators; empty, NA and ? are missing. */
  static HoledTable read(Path csv) throws IOException {
    List<String[]> records = new ArrayList<>();
    for (String line : Files.readAllLines(csv)) {
      records.add(line.replace("\"", "").split(",", -1));
    }
    int numRows = records.size() - 1;
    List<Variable> variables = new ArrayList<>();
    List<double[]> columns = new ArrayList<>();
    for (int c = 0; c < records.get(0).length; c++) {
      TreeSet<String> texts = new TreeSet<>();
      boolean isNumber = true;
      for (int r = 1; r <= numRows; r++) {
        String cell = records.get(r)[c];
        if (!isMissing(cell)) {
          texts.add(cell);
          isNumber &= cell.matches("-?\\d*\\.?\\d+([eE][-+]?\\d+)?");
        }
      }
      boolean isReal = isNumber && texts.size() > MOST_STATES;
      if (!isReal && (texts.size() > MOST_TEXTS || texts.size() < 2)) {
        continue;
      }
      String name = records.get(0)[c];
      List<String> states = List.copyOf(texts);
      variables.add(
          isReal ? Variable.real(name) : Variable.categorical(name, states.toArray(String[]::new)));
      double[] column = new double[numRows];
      for (int r = 0; r < numRows; r++) {
        String cell = records.get(r + 1)[c];
        column[r] =
            isMissing(cell) ? Double.NaN : isReal ? Double.parseDouble(cell) : states.indexOf(cell);
      }
      columns.add(column);
    }
    double[][] truth = new double[numRows][columns.size()];
    for (int r = 0; r < numRows; r++) {
      for (int c = 0; c < truth[r].length; c++) {
        truth[r][c] = columns.get(c)[r];
      }
    }
    return new HoledTable(variables, truth, truth);
  }

  private static boolean isMissing(String cell) {
    return cell.isEmpty() || cell.equals("NA") || cell.equals("?");
  }

  /** The same with about a share of the known cells hidden. */
  HoledTable hiding(Hidden how, double share, long seed) {
    Random random = new Random(seed);
    int numRows = truth.length;
    double[][] left = new double[numRows][];
    Arrays.setAll(left, r -> truth[r].clone());
    for (int c = 0; c < variables.size(); c++) {
      int column = c;
      Integer[] order = new Integer[numRows];
      Arrays.setAll(order, r -> r);
      Arrays.sort(order, Comparator.comparingDouble(r -> truth[r][column]));
      for (int rank = 0; rank < numRows; rank++) {
        double often = how == Hidden.AT_RANDOM ? 1 : 2 * (rank + 0.5) / numRows;
        if (random.nextDouble() < share * often) {
          left[order[rank]][c] = Double.NaN;
        }
      }
    }
    return new HoledTable(variables, truth, left);
  }

  /** The same without some columns. */
  HoledTable without(Set<String> names) {
    int[] kept =
        IntStream.range(0, variables.size())
            .filter(c -> !names.contains(variables.get(c).name()))
            .toArray();
    List<Variable> left = IntStream.of(kept).mapToObj(variables::get).toList();
    return new HoledTable(left, columns(truth, kept), columns(seen, kept));
  }

  private static double[][] columns(double[][] rows, int[] kept) {
    return Arrays.stream(rows)
        .map(row -> IntStream.of(kept).mapToDouble(c -> row[c]).toArray())
        .toArray(double[][]::new);
  }

  int numRows() {
    return truth.length;
  }

  boolean isReal(int column) {
    return !(variables.get(column) instanceof Categorical);
  }

  int numStates(int column) {
    return ((Categorical) variables.get(column)).numStates();
  }

  /** Whether a cell was hidden: it is known and not seen. */
  boolean isHidden(int row, int column) {
    return Double.isNaN(seen[row][column]) && !Double.isNaN(truth[row][column]);
  }

  /** Mean and standard deviation of what is seen of a real column. */
  double[] moments(int column) {
    double sum = 0;
    double squares = 0;
    int count = 0;
    for (double[] row : seen) {
      if (!Double.isNaN(row[column])) {
        count++;
        sum += row[column];
      }
    }
    double mean = sum / Math.max(1, count);
    for (double[] row : seen) {
      squares += Double.isNaN(row[column]) ? 0 : (row[column] - mean) * (row[column] - mean);
    }
    return new double[] {mean, count < 2 || squares == 0 ? 1 : Math.sqrt(squares / (count - 1))};
  }

  /**
   * The errors of a filled table in the hidden cells: of numbers the root of the mean square over
   * the standard deviation of the whole column, of states the share that is wrong.
   */
  double[] errors(double[][] filled) {
    double squares = 0;
    int numbers = 0;
    int wrong = 0;
    int states = 0;
    HoledTable whole = new HoledTable(variables, truth, truth);
    for (int c = 0; c < variables.size(); c++) {
      double scale = isReal(c) ? whole.moments(c)[1] : 1;
      for (int r = 0; r < numRows(); r++) {
        if (!isHidden(r, c)) {
          continue;
        }
        double off = (filled[r][c] - truth[r][c]) / scale;
        if (isReal(c)) {
          squares += off * off;
          numbers++;
        } else {
          wrong += off == 0 ? 0 : 1;
          states++;
        }
      }
    }
    return new double[] {Math.sqrt(squares / numbers), (double) wrong / states};
  }
}
