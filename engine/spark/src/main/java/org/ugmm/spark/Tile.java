package org.ugmm.spark;

import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Batch;
import org.ugmm.engine.BatchAnswers;
import org.ugmm.engine.BatchAnswers.Status;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.UgmmException;
import org.ugmm.engine.data.Why;

/**
 * Some rows of a partition and their answers. Not thread-safe.
 *
 * <p>Rows are asked about together with rows that miss the same variables: the sums of a batch are
 * taken in an order that depends on what any of its rows misses, so only then are the bits of an
 * answer those of the row alone, however the table is cut.
 */
final class Tile {
  private static final String ZERO = "the evidence has probability zero";

  private final int numVariables;
  private final double[] values;
  private final @Nullable Status[] status;
  private final @Nullable String[] note;
  private final boolean namesQuestions;
  private int numRows;

  /** [rows][columns of the output]; the caller's to fill. */
  final Object[][] out;

  Tile(int maxRows, int numVariables, boolean namesQuestions) {
    this.numVariables = numVariables;
    this.namesQuestions = namesQuestions;
    values = new double[maxRows * numVariables];
    status = new Status[maxRows];
    note = new String[maxRows];
    out = new Object[maxRows][];
  }

  void clear() {
    numRows = 0;
  }

  int numRows() {
    return numRows;
  }

  boolean isFull() {
    return numRows == out.length;
  }

  /** Adds a row, with room for its output. */
  void add(Binding binding, Row row, Object[] output) {
    String problem = binding.read(row, values, numRows * numVariables);
    status[numRows] = problem == null ? Status.EXACT : Status.ERROR;
    note[numRows] = problem;
    out[numRows] = output;
    numRows++;
  }

  Status status(int row) {
    Status known = status[row];
    return known == null ? Status.ERROR : known;
  }

  @Nullable String noteOf(int row) {
    return note[row];
  }

  /** Asks questions about all rows that could be read. */
  void ask(Inference inference, List<Question> questions, int[] firstColumn) {
    for (int[] rows : groups()) {
      double[] gathered = new double[rows.length * numVariables];
      for (int i = 0; i < rows.length; i++) {
        System.arraycopy(values, rows[i] * numVariables, gathered, i * numVariables, numVariables);
      }
      Batch batch = Batch.of(inference.circuit(), gathered);
      for (int q = 0; q < firstColumn.length; q++) {
        questions.get(q).ask(inference, batch, rows, this, firstColumn[q]);
      }
    }
  }

  /** The rows that could be read, by what they miss. */
  private List<int[]> groups() {
    Map<BitSet, Group> groups = new LinkedHashMap<>();
    BitSet missing = new BitSet(numVariables);
    BitSet before = new BitSet(numVariables);
    Group group = null;
    for (int r = 0; r < numRows; r++) {
      if (status[r] == Status.ERROR) {
        continue;
      }
      missing.clear();
      for (int v = 0; v < numVariables; v++) {
        if (Double.isNaN(values[r * numVariables + v])) {
          missing.set(v);
        }
      }
      if (group == null || !missing.equals(before)) {
        before = (BitSet) missing.clone();
        group = groups.computeIfAbsent(before, k -> new Group());
      }
      group.add(r);
    }
    return groups.values().stream().map(g -> Arrays.copyOf(g.row, g.size)).toList();
  }

  /** Rows that miss the same variables. */
  private static final class Group {
    private int[] row = new int[8];
    private int size;

    void add(int r) {
      if (size == row.length) {
        row = Arrays.copyOf(row, 2 * size);
      }
      row[size++] = r;
    }
  }

  /**
   * Notes what came of a question about a row.
   *
   * @param i the row of the answers
   * @return whether there is an answer
   */
  boolean note(int row, BatchAnswers answers, int i, Question question) {
    UgmmException problem = answers.problem(i);
    if (problem == null) {
      Certificate certificate = answers.certificate(i);
      if (certificate != null && answers.status(i) != Status.EXACT) {
        mark(row, answers.status(i), words(certificate), question);
      }
      return true;
    }
    boolean isZero =
        problem instanceof RefusedException refused
            && refused.why().reason() == Why.Reason.ZERO_PROBABILITY;
    mark(
        row,
        isZero ? Status.EXACT : answers.status(i),
        isZero ? ZERO : problem.problem(),
        question);
    return false;
  }

  private static String words(Certificate certificate) {
    if (certificate instanceof Certificate.Enclosed enclosed) {
      return "between %s and %s".formatted(enclosed.lo(), enclosed.hi());
    } else if (certificate instanceof Certificate.Estimated estimated) {
      return "by %s, error about %s".formatted(estimated.method(), estimated.errorEstimate());
    }
    return "";
  }

  private void mark(int row, Status found, String words, Question question) {
    Status known = status(row);
    status[row] = found.compareTo(known) > 0 ? found : known;
    String said = namesQuestions ? question.text() + ": " + words : words;
    String old = note[row];
    note[row] = old == null ? said : old.contains(said) ? old : old + "; " + said;
  }
}
