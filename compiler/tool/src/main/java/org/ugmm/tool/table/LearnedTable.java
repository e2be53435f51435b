package org.ugmm.tool.table;

import de.siegmar.fastcsv.reader.CsvRecord;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.build.CountColumns;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.Words;

/**
 * A table to learn from: its columns with their kinds, and what of them is learned.
 *
 * @param data what is learned
 * @param columns all columns, in the order of the table
 * @param notes what a person should know of the columns
 * @param hash SHA-256 of the bytes of the file or files, hexadecimal; empty for standard input
 */
public record LearnedTable(
    TrainingData data, List<ColumnFacts> columns, List<String> notes, String hash) {
  /** Fewer rows are worth a note. */
  private static final int FEW_ROWS = 20;

  /** Numbers of this size are worth a note. */
  private static final double HUGE = 1e9;

  /**
   * A column of the table.
   *
   * @param kind real, categorical, count or id; an id is not learned
   * @param values different values
   * @param missing cells that are missing
   */
  public record ColumnFacts(String name, String kind, int values, int missing) {}

  /**
   * What is known beforehand.
   *
   * @param kinds declared kinds by name of the column, in which {@code *} stands for any text
   * @param className the column that is the class; null for none
   * @param weightName the column with weights of rows; null for none
   * @param format how the table is written
   * @param areNumbersReal whether a column of few whole numbers is real unless declared otherwise,
   *     as for networks, which read the codes of states anyway
   */
  public record Request(
      Map<String, LearnedColumn.Kind> kinds,
      @Nullable String className,
      @Nullable String weightName,
      TableFormat format,
      boolean areNumbersReal) {
    /** The kind declared for a column by its name, or else by a pattern of {@code *}; or null. */
    LearnedColumn.@Nullable Kind kind(String name) {
      LearnedColumn.Kind exact = kinds.get(name);
      if (exact != null) {
        return exact;
      }
      return kinds.entrySet().stream()
          .filter(e -> fits(e.getKey(), name))
          .map(Map.Entry::getValue)
          .findFirst()
          .orElse(null);
    }
  }

  /**
   * Reads a table.
   *
   * @throws InputException if it cannot be read or cannot be learned from as it is
   */
  public static LearnedTable read(Path file, InputStream stdin, Request request) {
    IdxFiles idx = IdxFiles.of(file);
    if (idx != null) {
      return IdxTable.read(idx, request, hash(idx));
    }
    List<LearnedColumn> columns = new ArrayList<>();
    String name = read(file, stdin, request.format, columns);
    List<String> notes = new ArrayList<>();
    requireNames(name, columns.stream().map(LearnedColumn::name).toList(), request);
    List<Variable> variables = new ArrayList<>();
    List<LearnedColumn> learned = new ArrayList<>();
    List<ColumnFacts> facts = new ArrayList<>();
    List<LearnedColumn.Kind> kinds = kinds(name, columns, request, notes);
    for (int i = 0; i < kinds.size(); i++) {
      LearnedColumn column = columns.get(i);
      boolean isWeight = column.name().equals(request.weightName);
      LearnedColumn.Kind kind = kinds.get(i);
      facts.add(
          new ColumnFacts(
              column.name(),
              isWeight ? "weight" : kind.word(),
              column.numTexts(),
              column.numMissing()));
      if (kind != LearnedColumn.Kind.ID) {
        variables.add(column.variable(kind));
        learned.add(column);
      }
    }
    if (learned.isEmpty()) {
      throw new InputException(
          name + ": no column is left to learn from; --kinds NAME=real|categorical keeps one");
    }
    if (columns.get(0).numRows() < FEW_ROWS) {
      notes.add(
          "%d rows are few: expect little more than what each column is like alone"
              .formatted(columns.get(0).numRows()));
    }
    double[] weights = weights(name, columns, request.weightName);
    return new LearnedTable(data(variables, learned, weights), facts, notes, hash(file));
  }

  /**
   * Reads rows of the same columns, for instance for validation. States that the training table
   * does not have are taken as missing, with a note.
   */
  public static LearnedTable like(
      LearnedTable first, Path file, InputStream stdin, Request request) {
    IdxFiles idx = IdxFiles.of(file);
    if (idx != null) {
      return IdxTable.like(first, idx, hash(idx));
    }
    List<LearnedColumn> columns = new ArrayList<>();
    String name = read(file, stdin, request.format, columns);
    List<String> notes = new ArrayList<>();
    List<LearnedColumn> learned = new ArrayList<>();
    for (Variable variable : first.data.variables()) {
      LearnedColumn column = find(columns, variable.name());
      if (column == null) {
        throw new InputException(
            "%s: no column '%s', which the training table has".formatted(name, variable.name()));
      }
      learned.add(column);
      List<String> unknown = column.textsBeyond(variable);
      if (!unknown.isEmpty()) {
        notes.add(
            "%s: column '%s' has states that the training table does not have, taken as missing: %s"
                .formatted(name, column.name(), Words.some(unknown)));
      }
    }
    return new LearnedTable(
        data(first.data.variables(), learned, weights(name, columns, request.weightName)),
        first.columns,
        notes,
        hash(file));
  }

  private static String read(
      Path file, InputStream stdin, TableFormat format, List<LearnedColumn> columns) {
    try (DataTable table = DataTable.open(file, format, stdin, in -> in)) {
      for (int i = 0; i < table.numColumns(); i++) {
        String name = table.header().isEmpty() ? "x" + i : table.header().get(i);
        columns.add(new LearnedColumn(name, table.decimals(), format.missing()));
      }
      int numRows = 0;
      for (CsvRecord row = table.next(); row != null; row = table.next(), numRows++) {
        if (row.getFieldCount() != columns.size()) {
          throw new InputException(
              "%s: line %d: %d cells; expected %d, as in the first line (read with %s)"
                  .formatted(
                      table.name(),
                      row.getStartingLineNumber(),
                      row.getFieldCount(),
                      columns.size(),
                      table.dialect()));
        }
        for (int i = 0; i < columns.size(); i++) {
          columns.get(i).add(row.getField(i));
        }
      }
      if (numRows == 0) {
        throw new InputException(table.name() + ": has no rows to learn from");
      }
      return table.name();
    } catch (IOException e) {
      throw InputException.unreadable(file, e);
    }
  }

  /** Refuses a request that names columns which are not there. */
  static void requireNames(String table, List<String> names, Request request) {
    List<String> asked = new ArrayList<>(request.kinds.keySet());
    if (request.className != null) {
      asked.add(request.className);
    }
    if (request.weightName != null) {
      asked.add(request.weightName);
    }
    for (String name : asked) {
      boolean isThere =
          names.contains(name)
              || request.kinds.containsKey(name) && names.stream().anyMatch(n -> fits(name, n));
      if (!isThere) {
        throw new InputException(
            "%s: no column '%s'; the columns are %s".formatted(table, name, Words.some(names)));
      }
    }
  }

  private static boolean fits(String pattern, String name) {
    String glob = "\\Q" + pattern.replace("*", "\\E.*\\Q") + "\\E";
    return pattern.contains("*") && Pattern.compile(glob, Pattern.DOTALL).matcher(name).matches();
  }

  private static @Nullable LearnedColumn find(List<LearnedColumn> columns, String name) {
    return columns.stream().filter(c -> c.name().equals(name)).findFirst().orElse(null);
  }

  /** The kinds of all columns; those of whole numbers are compared with counts. */
  private static List<LearnedColumn.Kind> kinds(
      String table, List<LearnedColumn> columns, Request request, List<String> notes) {
    List<LearnedColumn.Kind> kinds = new ArrayList<>();
    IntArrayList wholes = new IntArrayList();
    List<double[]> numbers = new ArrayList<>();
    for (LearnedColumn column : columns) {
      boolean isWeight = column.name().equals(request.weightName);
      LearnedColumn.Kind kind =
          isWeight ? LearnedColumn.Kind.ID : kind(table, column, request, notes);
      boolean isFound = !isWeight && request.kind(column.name()) == null;
      if (kind == LearnedColumn.Kind.REAL
          && isFound
          && !request.areNumbersReal
          && !column.isConstant()
          && column.looksLikeCounts()) {
        wholes.add(kinds.size());
        numbers.add(column.numbers());
      }
      kinds.add(kind);
    }
    boolean[] areCounts = CountColumns.areCounts(numbers);
    List<String> counts = new ArrayList<>();
    List<String> reals = new ArrayList<>();
    for (int i = 0; i < areCounts.length; i++) {
      int column = wholes.getInt(i);
      (areCounts[i] ? counts : reals).add(columns.get(column).name());
      if (areCounts[i]) {
        kinds.set(column, LearnedColumn.Kind.COUNT);
      }
    }
    if (!counts.isEmpty()) {
      notes.add(
          "whole numbers from 0 are learned as counts; --kinds NAME=real learns them as reals: %s"
              .formatted(Words.some(counts)));
    }
    if (!reals.isEmpty()) {
      notes.add(
          "whole numbers from 0 are learned as reals; --kinds NAME=count learns them as counts: %s"
              .formatted(Words.some(reals)));
    }
    return kinds;
  }

  private static LearnedColumn.Kind kind(
      String table, LearnedColumn column, Request request, List<String> notes) {
    String name = column.name();
    if (name.equals(request.className)) {
      return classKind(table, column, notes);
    }
    LearnedColumn.Kind declared = request.kind(name);
    if (declared != null) {
      String whyNot = column.whyNot(declared);
      if (whyNot != null) {
        throw new InputException(
            "%s: column '%s' %s and cannot be %s".formatted(table, name, whyNot, declared.word()));
      }
      return declared;
    }
    if (column.isAllMissing()) {
      notes.add("column '%s' has no value at all and is left out".formatted(name));
      return LearnedColumn.Kind.ID;
    }
    String date = column.date();
    if (date != null) {
      throw new InputException(
          ("%s: column '%s' holds dates such as '%s', which are no numbers to add and multiply;"
                  + " give what matters of them as columns of their own (year, month, days since an"
                  + " event), or leave it out with --kinds %s=id")
              .formatted(table, name, date, name));
    }
    LearnedColumn.Kind kind = column.kind(request.areNumbersReal);
    String tooLarge = kind == LearnedColumn.Kind.REAL ? column.whyNot(kind) : null;
    if (tooLarge != null) {
      notes.add("column '%s' %s and is left out".formatted(name, tooLarge));
      return LearnedColumn.Kind.ID;
    }
    if (kind == LearnedColumn.Kind.ID) {
      notes.add(
          "column '%s' names rows (%s different values) and is left out; --kinds %s=categorical|real keeps it"
              .formatted(name, Words.count(column.numTexts()), name));
    } else if (column.isConstant()) {
      notes.add("column '%s' has one value only".formatted(name));
    } else if (kind == LearnedColumn.Kind.REAL && column.numNotNumbers() > 0) {
      notes.add(
          "column '%s': %s cells are no numbers and taken as missing"
              .formatted(name, Words.count(column.numNotNumbers())));
    } else if (kind == LearnedColumn.Kind.REAL && column.largest() >= HUGE) {
      notes.add(
          "column '%s' has values up to %s; 7 digits of their differences are kept"
              .formatted(name, Words.number(column.largest())));
    }
    return kind;
  }

  private static LearnedColumn.Kind classKind(
      String table, LearnedColumn column, List<String> notes) {
    if (column.isAllMissing()) {
      throw new InputException(
          "%s: the class '%s' has no value at all".formatted(table, column.name()));
    }
    String whyNot = column.whyNot(LearnedColumn.Kind.CATEGORICAL);
    if (whyNot != null || column.numTexts() > Math.max(2, column.numRows() / 2)) {
      throw new InputException(
          "%s: the class '%s' has %s different values in %s rows; a class has few"
              .formatted(
                  table,
                  column.name(),
                  Words.count(column.numTexts()),
                  Words.count(column.numRows())));
    }
    String lonely = column.lonely();
    if (column.isConstant()) {
      notes.add("the class '%s' has one value only".formatted(column.name()));
    } else if (lonely != null) {
      notes.add(
          "the class '%s' is '%s' in one row only, which is too few to learn what is typical of it"
              .formatted(column.name(), lonely));
    }
    return LearnedColumn.Kind.CATEGORICAL;
  }

  private static double[] weights(
      String table, List<LearnedColumn> columns, @Nullable String weightName) {
    LearnedColumn column = weightName == null ? null : find(columns, weightName);
    double[] weights = new double[columns.get(0).numRows()];
    for (int r = 0; r < weights.length; r++) {
      weights[r] = column == null ? 1 : column.number(r);
      if (!(weights[r] >= 0)) {
        throw new InputException(
            "%s: row %d: weight '%s' of column '%s'; expected a number of at least 0 in every row"
                .formatted(table, r + 1, Words.number(weights[r]), weightName));
      }
    }
    if (Arrays.stream(weights).allMatch(weight -> weight == 0)) {
      throw new InputException(
          "%s: all weights in column '%s' are 0; expected some row that counts"
              .formatted(table, weightName));
    }
    return weights;
  }

  private static TrainingData data(
      List<Variable> variables, List<LearnedColumn> columns, double[] weights) {
    int[][] states = new int[columns.size()][];
    for (int v = 0; v < states.length; v++) {
      states[v] = columns.get(v).statesOf(variables.get(v));
    }
    TrainingData.Builder builder = TrainingData.builder(variables);
    double[] row = new double[states.length];
    for (int r = 0; r < weights.length; r++) {
      for (int v = 0; v < row.length; v++) {
        row[v] = columns.get(v).value(r, states[v]);
      }
      builder.addRow(row, weights[r]);
    }
    return builder.build();
  }

  private static String hash(IdxFiles files) {
    Path labels = files.labels();
    return labels == null ? hash(files.images()) : hash(files.images(), labels);
  }

  /** The hash of the bytes of files in turn; empty where they are no files. */
  private static String hash(Path... files) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] block = new byte[1 << 16];
      for (Path named : files) {
        SqlTable sql = SqlTable.of(named);
        Path file = sql == null ? named : sql.file();
        if (!Files.isRegularFile(file)) {
          return "";
        }
        try (InputStream in = Files.newInputStream(file)) {
          for (int count = in.read(block); count >= 0; count = in.read(block)) {
            digest.update(block, 0, count);
          }
        } catch (IOException e) {
          throw InputException.unreadable(file, e);
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }
}
