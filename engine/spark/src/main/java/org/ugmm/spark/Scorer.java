package org.ugmm.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.LongAccumulator;
import org.ugmm.engine.BatchAnswers.Status;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.ArgumentException;

/** Asks questions about the rows of a partition, tile by tile. */
final class Scorer implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1;

  /** Rows that are asked about together: enough for full vectors, little memory. */
  private static final int TILE_ROWS = 2048;

  private final Broadcast<SharedCircuit> circuit;
  private final Layout layout;
  private final Counters counters;
  private final boolean allowsEstimates;
  private final boolean isStrict;

  /** What the Spark page shows beside a stage. */
  record Counters(LongAccumulator rows, LongAccumulator refused, LongAccumulator errors)
      implements Serializable {}

  /**
   * Which columns come in, and which go out.
   *
   * @param query the questions
   * @param binding of the first columns of the input
   * @param kept positions in the input of the columns that are kept
   * @param input columns that are read: those bound, then those that are kept beside
   * @param output kept columns, answers, certificate and note
   */
  record Layout(String query, Binding binding, int[] kept, List<String> input, StructType output)
      implements Serializable {

    /**
     * Lays out the table of the answers.
     *
     * @param keep names of the columns to keep
     * @throws ArgumentException if a column is not there, cannot be read, or is there already
     */
    static Layout of(StructType schema, Circuit circuit, String query, String[] keep) {
      List<Question> questions = Question.parse(query, circuit);
      boolean[] wanted = new boolean[circuit.numVariables()];
      List<StructField> answers = new ArrayList<>();
      for (Question question : questions) {
        for (int v = 0; v < wanted.length; v++) {
          wanted[v] |= v != question.queried();
        }
        answers.addAll(question.fields(circuit));
      }
      answers.add(DataTypes.createStructField("certificate", DataTypes.StringType, false));
      answers.add(DataTypes.createStructField("note", DataTypes.StringType, true));
      Binding binding = Binding.of(schema, circuit.variables(), wanted);
      boolean isFilled = questions.stream().anyMatch(Question.Impute.class::isInstance);
      List<String> input = new ArrayList<>(binding.columns());
      List<StructField> output = new ArrayList<>();
      List<Integer> kept = new ArrayList<>();
      String[] names = schema.fieldNames();
      for (String name : keep) {
        if (!Arrays.asList(names).contains(name)) {
          throw new ArgumentException(
              "column '%s' is to be kept; the table has [%s]"
                  .formatted(name, Binding.names(Arrays.asList(names))),
              name);
        }
        boolean isVariable = circuit.variables().stream().anyMatch(v -> v.name().equals(name));
        if (isFilled && isVariable) {
          continue; // stands among the answers, filled
        }
        if (!input.contains(name)) {
          input.add(name);
        }
        kept.add(input.indexOf(name));
        output.add(schema.apply(name));
      }
      for (StructField answer : answers) {
        if (output.stream().anyMatch(field -> field.name().equals(answer.name()))) {
          throw new ArgumentException(
              "the answers have a column '%s', and so has the table or another answer; rename it,"
                      .formatted(answer.name())
                  + " or name the columns to keep",
              answer.name());
        }
        output.add(answer);
      }
      return new Layout(
          query,
          binding,
          kept.stream().mapToInt(i -> i).toArray(),
          input,
          DataTypes.createStructType(output));
    }
  }

  Scorer(
      Broadcast<SharedCircuit> circuit,
      Layout layout,
      Counters counters,
      boolean allowsEstimates,
      boolean isStrict) {
    this.circuit = circuit;
    this.layout = layout;
    this.counters = counters;
    this.allowsEstimates = allowsEstimates;
    this.isStrict = isStrict;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return new Answers(rows);
  }

  /** Answers of a partition, a tile at a time; what a task holds does not grow with its rows. */
  private final class Answers implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final Asker asker;
    private int next;

    Answers(Iterator<Row> rows) {
      this.rows = rows;
      asker = new Asker(circuit.value().inference(allowsEstimates), layout, TILE_ROWS);
    }

    @Override
    public boolean hasNext() {
      if (next == asker.tile.numRows()) {
        asker.tile.clear();
        next = 0;
        while (!asker.tile.isFull() && rows.hasNext()) {
          asker.add(rows.next());
        }
        asker.answer();
        count();
      }
      return next < asker.tile.numRows();
    }

    private void count() {
      Tile tile = asker.tile;
      counters.rows.add(tile.numRows());
      for (int r = 0; r < tile.numRows(); r++) {
        Status status = tile.status(r);
        if (status.isAnswered()) {
          continue;
        }
        (status == Status.REFUSED ? counters.refused : counters.errors).add(1);
        if (isStrict) {
          throw new ArgumentException(
              "a row is %s: %s; correct it, or do without strict to have a note in its place"
                  .formatted(status, tile.noteOf(r)));
        }
      }
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return RowFactory.create(asker.tile.out[next++]);
    }
  }

  /** Puts rows into a tile and asks about them. */
  static final class Asker {
    final Tile tile;
    private final Inference inference;
    private final Layout layout;
    private final List<Question> questions;
    private final int[] firstColumn;
    private final int numColumns;

    Asker(Inference inference, Layout layout, int maxRows) {
      this.inference = inference;
      this.layout = layout;
      Circuit of = inference.circuit();
      questions = Question.parse(layout.query, of);
      tile = new Tile(maxRows, of.numVariables(), questions.size() > 1);
      firstColumn = new int[questions.size()];
      int at = layout.kept.length;
      for (int q = 0; q < firstColumn.length; q++) {
        firstColumn[q] = at;
        at += questions.get(q).fields(of).size();
      }
      numColumns = at + 2;
    }

    void add(Row row) {
      Object[] out = new Object[numColumns];
      for (int i = 0; i < layout.kept.length; i++) {
        out[i] = row.get(layout.kept[i]);
      }
      tile.add(layout.binding, row, out);
    }

    void answer() {
      tile.ask(inference, questions, firstColumn);
      for (int r = 0; r < tile.numRows(); r++) {
        tile.out[r][numColumns - 2] = tile.status(r).name();
        tile.out[r][numColumns - 1] = tile.noteOf(r);
      }
    }
  }
}
