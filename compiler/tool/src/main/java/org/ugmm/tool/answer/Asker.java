package org.ugmm.tool.answer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Why;
import org.ugmm.tool.out.Refusal;
import org.ugmm.tool.out.Words;
import org.ugmm.tool.run.Outcomes.Status;
import org.ugmm.tool.table.Rows;

/** Asks questions about rows. Not thread-safe; one a thread ({@link #fork}). */
public final class Asker {
  /** Why an answer that is conditioned on the evidence is empty, though nothing is refused. */
  private static final String ZERO = "the evidence has probability zero";

  /*
   * Whole batches first. A batch that has no answer is halved until the rows that are to blame
   * stand alone: 100 bad rows among a million cost 100 times 10 halvings of a batch of 1024, not
   * 100 batches asked row by row. A row that stands alone is a single query, whose refusal is the
   * note of the row.
   */
  private final Compilation model;
  private final Circuit circuit;
  private final AskOptions options;
  private final Given given;
  private final List<RowQuestion> questions;
  private final @Nullable Batch[] batches;
  private final int[] firstColumn;
  private final int numColumns;

  /** For rows that stand alone; shared by all threads. */
  private final Inference inference;

  /**
   * Prepares to ask. What is given holds in every row, whatever the row says; refusals speak of the
   * nodes of the model.
   */
  public Asker(Compilation model, AskOptions options, Given given, List<RowQuestion> questions) {
    this(
        model,
        options,
        given,
        questions,
        new Batch[questions.size()],
        new Inference(model.circuit(), options.inference()));
    for (int q = 0; q < batches.length && given.isPoints(); q++) {
      batches[q] = questions.get(q).batch(circuit, options);
    }
  }

  private Asker(
      Compilation model,
      AskOptions options,
      Given given,
      List<RowQuestion> questions,
      @Nullable Batch[] batches,
      Inference inference) {
    this.model = model;
    this.inference = inference;
    circuit = model.circuit();
    this.options = options;
    this.given = given;
    this.questions = questions;
    this.batches = batches;
    firstColumn = new int[questions.size()];
    int columns = 0;
    for (int q = 0; q < firstColumn.length; q++) {
      firstColumn[q] = columns;
      columns += questions.get(q).columns(circuit).size();
    }
    numColumns = columns;
  }

  /** The same for another thread; plans are shared. */
  Asker fork() {
    @Nullable Batch[] forks = new Batch[batches.length];
    for (int q = 0; q < forks.length; q++) {
      Batch batch = batches[q];
      forks[q] = batch == null ? null : batch.fork();
    }
    return new Asker(model, options, given, questions, forks, inference);
  }

  /** The questions in the order of their columns. */
  List<RowQuestion> questions() {
    return questions;
  }

  /** The columns of all questions. */
  public List<Column> columns() {
    List<Column> columns = new ArrayList<>();
    questions.forEach(question -> columns.addAll(question.columns(circuit)));
    return columns;
  }

  /** The first column of a question. */
  int firstColumn(int question) {
    return firstColumn[question];
  }

  /** Asks all questions about rows. */
  AnswerTable ask(Rows rows) {
    AnswerTable table = new AnswerTable(rows, numColumns);
    int[] good = new int[rows.numRows()];
    int numGood = 0;
    for (int r = 0; r < good.length; r++) {
      if (rows.errors()[r] == null) {
        good[numGood++] = r;
      }
    }
    int numVariables = circuit.numVariables();
    double[] values = new double[numGood * numVariables];
    for (int i = 0; i < numGood; i++) {
      System.arraycopy(
          rows.values(), good[i] * numVariables, values, i * numVariables, numVariables);
      for (int v = 0; v < numVariables; v++) {
        if (given.evidence().isPoint(v)) {
          values[i * numVariables + v] = given.evidence().point(v);
        }
      }
    }
    Arrays.fill(table.bounds, options.wantsBounds() ? 0 : Double.NaN);
    for (int q = 0; q < questions.size(); q++) {
      answer(q, values, Arrays.copyOf(good, numGood), table);
    }
    return table;
  }

  /**
   * Answers one question.
   *
   * @param values row-major [rows of the batch][variables]
   * @param row [rows of the batch] the row of the table
   */
  private void answer(int q, double[] values, int[] row, AnswerTable table) {
    Batch batch = batches[q];
    int numRows = row.length;
    int width = questions.get(q).columns(circuit).size();
    double[] cells = new double[numRows * width];
    Arrays.fill(cells, Double.NaN);
    double[] bounds = new double[numRows];
    boolean[] open = new boolean[numRows];
    if (numRows > 0 && batch != null) {
      try {
        batch.answer(values, numRows, cells, bounds, open);
      } catch (RefusedException | ArgumentException e) {
        if (numRows > 1) {
          int half = numRows / 2;
          int numVariables = circuit.numVariables();
          answer(q, Arrays.copyOf(values, half * numVariables), Arrays.copyOf(row, half), table);
          answer(
              q,
              Arrays.copyOfRange(values, half * numVariables, values.length),
              Arrays.copyOfRange(row, half, numRows),
              table);
          return;
        }
        Arrays.fill(cells, Double.NaN);
        open[0] = true;
      }
    } else {
      Arrays.fill(open, true);
    }
    for (int i = 0; i < numRows; i++) {
      int at = row[i] * numColumns + firstColumn[q];
      if (open[i]) {
        alone(q, values, i, row[i], at, table);
      } else {
        System.arraycopy(cells, i * width, table.cells, at, width);
        if (Double.isNaN(cells[i * width])) {
          table.mark(row[i], Status.EXACT, prefix(q) + ZERO);
        }
        if (options.wantsBounds()) {
          table.bounds[row[i]] = Math.max(table.bounds[row[i]], bounds[i]);
        }
      }
    }
  }

  /** What a note about a question begins with, where there are several. */
  private String prefix(int q) {
    return questions.size() == 1 ? "" : questions.get(q).text(circuit) + ": ";
  }

  /** Asks about one row. */
  private void alone(int q, double[] values, int i, int row, int at, AnswerTable table) {
    RowQuestion question = questions.get(q);
    Evidence evidence = given.evidence().copy();
    int numVariables = circuit.numVariables();
    String prefix = prefix(q);
    try {
      for (int v = 0; v < numVariables; v++) {
        double value = values[i * numVariables + v];
        boolean isFree = v != question.queried() && given.evidence().isUnobserved(v);
        if (isFree && !Double.isNaN(value)) {
          evidence.observe(v, value);
        }
      }
      Answer answer = question.ask(inference, evidence);
      question.put(answer, table.cells, at);
      certify(row, certificate(answer), table);
    } catch (ArgumentException e) {
      table.mark(row, Status.ERROR, prefix + e.getMessage());
    } catch (RefusedException e) {
      // a circuit that is zero everywhere says nothing of a row, not even that it has no density
      boolean isNoModel = circuit.normaliser().logZ() == Double.NEGATIVE_INFINITY;
      if (isNoModel || e.why().reason() != Why.Reason.ZERO_PROBABILITY) {
        table.mark(row, Status.REFUSED, prefix + Refusal.words(e, model.analysis()));
        return;
      }
      table.mark(row, Status.EXACT, prefix + ZERO);
      if (question instanceof RowQuestion.Mpe) {
        table.cells[at + numVariables] = Double.NEGATIVE_INFINITY;
        table.cells[at + numVariables + 1] = Double.NEGATIVE_INFINITY;
      }
    }
  }

  private static Certificate certificate(Answer answer) {
    if (answer instanceof Answer.Log log) {
      return log.log().certificate();
    }
    return answer instanceof Answer.Distribution of
        ? of.posterior().certificate()
        : ((Answer.Explanations) answer).best().get(0).certificate();
  }

  private static void certify(int row, Certificate certificate, AnswerTable table) {
    table.mark(row, Status.of(certificate), Words.note(certificate));
    table.bounds[row] =
        certificate instanceof Certificate.Exact exact
            ? Math.max(table.bounds[row], exact.relativeErrorBound())
            : Double.NaN;
  }
}
