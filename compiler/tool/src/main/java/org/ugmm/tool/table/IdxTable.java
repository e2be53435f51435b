package org.ugmm.tool.table;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.Words;

/** Idx files as a table to learn from: pixels are real unless declared otherwise. */
final class IdxTable {
  private static final int LEVELS = 256;

  private IdxTable() {}

  /** Reads a table to learn from. */
  static LearnedTable read(IdxFiles files, LearnedTable.Request request, String hash) {
    try (IdxFiles.Reader reader = files.open(in -> in)) {
      List<String> names = names(reader);
      LearnedTable.requireNames(files.name(), names, request);
      if (request.weightName() != null) {
        throw new InputException(files.name() + ": idx files have no column of weights");
      }
      int[] labels = labels(files);
      List<LearnedColumn.Kind> kinds = new ArrayList<>();
      List<Variable> variables = new ArrayList<>();
      for (String name : names) {
        boolean isLabel = name.equals(IdxFiles.LABEL);
        LearnedColumn.Kind kind = kind(name, request, isLabel);
        kinds.add(kind);
        if (kind == LearnedColumn.Kind.CATEGORICAL) {
          int[] states = isLabel ? labels : IntStream.range(0, LEVELS).toArray();
          variables.add(
              Variable.categorical(
                  name, Arrays.stream(states).mapToObj(Integer::toString).toArray(String[]::new)));
        } else if (kind != LearnedColumn.Kind.ID) {
          variables.add(Variable.real(name));
        }
      }
      if (variables.isEmpty()) {
        throw new InputException(files.name() + ": no column is left to learn from");
      }
      int[] numValues = new int[names.size()];
      TrainingData data = data(reader, names, variables, numValues);
      List<LearnedTable.ColumnFacts> facts = new ArrayList<>();
      for (int c = 0; c < names.size(); c++) {
        facts.add(new LearnedTable.ColumnFacts(names.get(c), kinds.get(c).word(), numValues[c], 0));
      }
      long constant = Arrays.stream(numValues).filter(n -> n == 1).count();
      List<String> notes =
          constant == 0
              ? List.of()
              : List.of("%s columns have one value only".formatted(Words.count((int) constant)));
      return new LearnedTable(data, facts, notes, hash);
    } catch (IOException e) {
      throw InputException.unreadable(files.images(), e);
    }
  }

  /** Reads rows of the same columns as another table; states that it does not have are missing. */
  static LearnedTable like(LearnedTable first, IdxFiles files, String hash) {
    try (IdxFiles.Reader reader = files.open(in -> in)) {
      List<String> names = names(reader);
      List<Variable> variables = first.data().variables();
      for (Variable variable : variables) {
        if (!names.contains(variable.name())) {
          throw new InputException(
              "%s: no column '%s', which the training table has"
                  .formatted(files.name(), variable.name()));
        }
      }
      return new LearnedTable(
          data(reader, names, variables, new int[names.size()]), first.columns(), List.of(), hash);
    } catch (IOException e) {
      throw InputException.unreadable(files.images(), e);
    }
  }

  private static List<String> names(IdxFiles.Reader reader) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < reader.width(); i++) {
      names.add("p" + i);
    }
    if (reader.hasLabels()) {
      names.add(IdxFiles.LABEL);
    }
    return names;
  }

  private static int[] labels(IdxFiles files) throws IOException {
    byte[] labels = files.readLabels();
    return IntStream.range(0, labels.length)
        .map(i -> labels[i] & 255)
        .distinct()
        .sorted()
        .toArray();
  }

  private static LearnedColumn.Kind kind(
      String name, LearnedTable.Request request, boolean isLabel) {
    if (name.equals(request.className())) {
      return LearnedColumn.Kind.CATEGORICAL;
    }
    LearnedColumn.Kind declared = request.kind(name);
    LearnedColumn.Kind usual = isLabel ? LearnedColumn.Kind.CATEGORICAL : LearnedColumn.Kind.REAL;
    return declared == null ? usual : declared;
  }

  /**
   * Reads the rows.
   *
   * @param numValues [names] (output) how many different values each column has
   */
  private static TrainingData data(
      IdxFiles.Reader reader, List<String> names, List<Variable> variables, int[] numValues)
      throws IOException {
    int width = reader.width();
    int[] column = variables.stream().mapToInt(v -> names.indexOf(v.name())).toArray();
    double[][] valueOf = variables.stream().map(IdxTable::values).toArray(double[][]::new);
    boolean[][] isSeen = new boolean[names.size()][LEVELS];
    byte[] pixels = new byte[width];
    double[] row = new double[column.length];
    TrainingData.Builder builder = TrainingData.builder(variables);
    while (reader.next(pixels)) {
      for (int i = 0; i < width; i++) {
        isSeen[i][pixels[i] & 255] = true;
      }
      int label = reader.hasLabels() ? reader.label() : 0;
      if (reader.hasLabels()) {
        isSeen[width][label] = true;
      }
      for (int v = 0; v < row.length; v++) {
        row[v] = valueOf[v][column[v] == width ? label : pixels[column[v]] & 255];
      }
      builder.addRow(row);
    }
    for (int c = 0; c < isSeen.length; c++) {
      for (boolean seen : isSeen[c]) {
        numValues[c] += seen ? 1 : 0;
      }
    }
    return builder.build();
  }

  /** [256] what a byte is for the engine: itself, or the index of the state of that name. */
  private static double[] values(Variable variable) {
    double[] values = new double[LEVELS];
    for (int b = 0; b < LEVELS; b++) {
      values[b] = b;
      if (variable instanceof Variable.Categorical categorical) {
        int state = categorical.states().indexOf(Integer.toString(b));
        values[b] = state < 0 ? Double.NaN : state;
      }
    }
    return values;
  }
}
