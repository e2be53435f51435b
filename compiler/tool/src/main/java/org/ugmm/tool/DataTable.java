package org.ugmm.tool;

import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.CsvRecordHandler;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Rows of a CSV file (RFC 4180), read batch by batch. Not thread-safe. */
final class DataTable implements Closeable {
  private static final int MAX_FIELDS = 1 << 20;

  private final String name;
  private final CsvReader<CsvRecord> csv;
  private final CloseableIterator<CsvRecord> records;
  private final List<String> header;
  private int numFields = -1;

  private DataTable(
      String name,
      CsvReader<CsvRecord> csv,
      CloseableIterator<CsvRecord> records,
      List<String> header) {
    this.name = name;
    this.csv = csv;
    this.records = records;
    this.header = header;
  }

  /**
   * Opens a table and reads its header row.
   *
   * @param data the file; {@code -} for standard input
   * @param stdin standard input
   * @param watch wraps the stream, for instance to show progress
   * @throws InputException if it cannot be read, has no header row, or names a column twice
   */
  static DataTable open(
      Path data, boolean hasHeader, InputStream stdin, UnaryOperator<InputStream> watch) {
    boolean isStdin = data.toString().equals("-");
    String name = isStdin ? "standard input" : data.toString();
    InputStream in;
    try {
      if (Files.isDirectory(data)) {
        throw new InputException(data + ": is a folder; expected a CSV file");
      }
      in = isStdin ? stdin : Files.newInputStream(data);
    } catch (IOException e) {
      throw InputException.unreadable(data, e);
    }
    CsvReader<CsvRecord> csv =
        CsvReader.builder()
            .detectBomHeader(true)
            .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
            .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
            .build(
                CsvRecordHandler.of(h -> h.maxFields(MAX_FIELDS)),
                watch.apply(new BufferedInputStream(in, 1 << 16)));
    DataTable bare = new DataTable(name, csv, csv.iterator(), List.of());
    if (!hasHeader) {
      return bare;
    }
    CsvRecord first = bare.next();
    if (first == null) {
      throw new InputException(name + ": is empty; expected a header row with names of columns");
    }
    DataTable table = new DataTable(name, csv, bare.records, List.copyOf(first.getFields()));
    table.numFields = first.getFieldCount();
    table.indexByName();
    return table;
  }

  /** The name of the table in messages. */
  String name() {
    return name;
  }

  /** The names of the columns; empty where there is no header row. */
  List<String> header() {
    return header;
  }

  /**
   * Columns by name; a name is the text of a header cell without white space around it.
   *
   * @throws InputException if two columns have one name
   */
  Map<String, Integer> indexByName() {
    Map<String, Integer> index = new HashMap<>();
    for (int i = 0; i < header.size(); i++) {
      String column = header.get(i).strip();
      Integer other = column.isEmpty() ? null : index.put(column, i);
      if (other != null) {
        throw new InputException(
            "%s: line 1: columns %d and %d are both named '%s'; names must differ"
                .formatted(name, other + 1, i + 1, ValueReader.shorten(column)));
      }
    }
    return index;
  }

  /**
   * The next rows, at most {@code limit}; none at the end.
   *
   * @throws InputException if the file is not CSV or a row has another number of cells than the
   *     header, or the first row where there is no header
   */
  List<CsvRecord> nextRows(int limit) {
    List<CsvRecord> rows = new ArrayList<>(limit);
    while (rows.size() < limit) {
      CsvRecord row = next();
      if (row == null) {
        break;
      }
      if (numFields < 0) {
        numFields = row.getFieldCount();
      }
      if (row.getFieldCount() != numFields) {
        throw new InputException(
            "%s: line %d: %d cells; expected %d, as in the %s"
                .formatted(
                    name,
                    row.getStartingLineNumber(),
                    row.getFieldCount(),
                    numFields,
                    header.isEmpty() ? "first row" : "header"));
      }
      rows.add(row);
    }
    return rows;
  }

  private @Nullable CsvRecord next() {
    try {
      return records.hasNext() ? records.next() : null;
    } catch (CsvParseException e) {
      Throwable cause = e.getCause();
      throw new InputException(
          "%s: not readable as CSV: %s%s"
              .formatted(
                  name, e.getMessage(), cause == null ? "" : " (" + cause.getMessage() + ")"),
          e);
    } catch (UncheckedIOException e) {
      throw new InputException("%s: cannot be read: %s".formatted(name, e.getMessage()), e);
    }
  }

  @Override
  public void close() throws IOException {
    csv.close();
  }
}
