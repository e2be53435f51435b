package org.ugmm.tool.table;

import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.CsvRecordHandler;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.Words;

/**
 * The records of a CSV file (RFC 4180), or of idx files as such a text, read one after the other.
 * Not thread-safe.
 */
public final class DataTable implements Closeable {
  private static final int MAX_FIELDS = 1 << 20;

  /** Bytes that are looked at to recognise how the table is written. */
  private static final int SAMPLE = 1 << 18;

  private final String name;
  private final TableFormat format;
  private final Dialect dialect;
  private final WaitingStream waiting;
  private final CsvReader<CsvRecord> csv;
  private final CloseableIterator<CsvRecord> records;
  private final List<String> header;

  /** The header row as it stands. */
  private final List<String> headerCells;

  /** The first record where there is no header row, until it is read. */
  private @Nullable CsvRecord pending;

  private final int numColumns;

  private DataTable(String name, TableFormat format, WaitingStream in) throws IOException {
    this.name = name;
    this.format = format;
    waiting = in;
    InputStream plain = uncompressed(in);
    byte[] first = sample(plain);
    dialect = Dialect.of(format, first, first.length < SAMPLE && plain.available() <= 0);
    ByteArrayInputStream again =
        new ByteArrayInputStream(first, dialect.numMarks(), first.length - dialect.numMarks());
    csv =
        CsvReader.builder()
            .fieldSeparator(dialect.delimiter())
            .skipEmptyLines(false)
            .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
            .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
            .build(
                CsvRecordHandler.of(h -> h.maxFields(MAX_FIELDS)),
                new InputStreamReader(
                    new SequenceInputStream(again, plain),
                    dialect
                        .encoding()
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPLACE)
                        .onUnmappableCharacter(CodingErrorAction.REPLACE)));
    records = csv.iterator();
    CsvRecord line = nextRecord();
    while (line != null && isBlank(line)) {
      line = nextRecord();
    }
    if (line == null && format.hasHeader()) {
      throw new InputException(name + ": is empty; expected a header row with names of columns");
    }
    numColumns = line == null ? -1 : line.getFieldCount();
    headerCells = line == null || !format.hasHeader() ? List.of() : List.copyOf(line.getFields());
    header = headerCells.stream().map(String::strip).toList();
    pending = format.hasHeader() ? null : line;
    indexByName();
  }

  /**
   * Opens a table and reads its first record.
   *
   * @param data the file; {@code -} for standard input; idx files as {@code IMAGES[,LABELS]};
   *     Parquet and DuckDB files as {@link SqlTable} says
   * @param stdin standard input
   * @param watch wraps the stream, for instance to show progress
   * @throws InputException if it cannot be read, has no header row, or names a column twice
   */
  public static DataTable open(
      Path data, TableFormat format, InputStream stdin, UnaryOperator<InputStream> watch) {
    boolean isStdin = data.toString().equals("-");
    String name = isStdin ? "standard input" : data.toString();
    try {
      if (!isStdin && Files.isDirectory(data)) {
        throw new InputException(data + ": is a folder; expected a CSV file");
      }
      IdxFiles idx = isStdin ? null : IdxFiles.of(data);
      if (idx != null) {
        TableFormat text = new TableFormat(',', '.', StandardCharsets.US_ASCII, Set.of(), true);
        return new DataTable(idx.name(), text, new WaitingStream(new IdxText(idx.open(watch))));
      }
      SqlTable sql = isStdin ? null : SqlTable.of(data);
      if (sql != null) {
        TableFormat text =
            new TableFormat(',', '.', StandardCharsets.UTF_8, format.missing(), true);
        return new DataTable(name, text, new WaitingStream(sql.read()));
      }
      InputStream in = isStdin ? stdin : open(data);
      return new DataTable(
          name, format, new WaitingStream(watch.apply(new BufferedInputStream(in, 1 << 16))));
    } catch (IOException e) {
      throw InputException.unreadable(data, e);
    }
  }

  /**
   * A table that is a text.
   *
   * @param name in messages
   * @throws InputException as {@link #open}
   */
  public static DataTable of(String name, String text, TableFormat format) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try {
      return new DataTable(name, format, new WaitingStream(new ByteArrayInputStream(bytes)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A pipe, such as {@code /dev/stdin}, has no position that a channel could tell. */
  private static InputStream open(Path data) throws IOException {
    return Files.exists(data) && !Files.isRegularFile(data)
        ? new FileInputStream(data.toFile())
        : Files.newInputStream(data);
  }

  /** The first bytes: until two lines have ended and more would have to be waited for. */
  private static byte[] sample(InputStream in) throws IOException {
    byte[] bytes = new byte[SAMPLE];
    int length = 0;
    int numLines = 0;
    while (length < SAMPLE && (numLines < 2 || in.available() > 0)) {
      int count = in.read(bytes, length, Math.min(1 << 13, SAMPLE - length));
      if (count < 0) {
        break;
      }
      for (int i = length; i < length + count; i++) {
        numLines += bytes[i] == '\n' ? 1 : 0;
      }
      length += count;
    }
    return Arrays.copyOf(bytes, length);
  }

  private static InputStream uncompressed(InputStream in) throws IOException {
    byte[] magic = in.readNBytes(2);
    InputStream all = new SequenceInputStream(new ByteArrayInputStream(magic), in);
    boolean isGzip = magic.length == 2 && (magic[0] & 0xFF) == 0x1F && (magic[1] & 0xFF) == 0x8B;
    return isGzip ? new GZIPInputStream(all, 1 << 16) : all;
  }

  /** The name of the table in messages. */
  public String name() {
    return name;
  }

  /** What was said of the table. */
  public TableFormat format() {
    return format;
  }

  Decimals decimals() {
    return dialect.decimals();
  }

  /** How the table is written, for messages: {@code separator ';', UTF-8}. */
  public String dialect() {
    return dialect.words();
  }

  /** The names of the columns, without white space around them; empty without a header row. */
  public List<String> header() {
    return header;
  }

  /** The cells of the header row as they stand; empty without one. */
  public List<String> headerCells() {
    return headerCells;
  }

  /** How the table is written. */
  public TableStyle style() {
    return dialect.style();
  }

  /** Cells of the first record; -1 for a table of none. */
  public int numColumns() {
    return numColumns;
  }

  /** Sets what is to be done, in the thread that reads, before it waits for more input. */
  public void beforeWaiting(Runnable action) {
    waiting.beforeWaiting(action);
  }

  /**
   * Columns by name.
   *
   * @throws InputException if two columns have one name
   */
  public Map<String, Integer> indexByName() {
    Map<String, Integer> index = new HashMap<>();
    for (int i = 0; i < header.size(); i++) {
      String column = header.get(i);
      Integer other = column.isEmpty() ? null : index.put(column, i);
      if (other != null) {
        throw new InputException(
            "%s: line 1: columns %d and %d are both named '%s'; names must differ"
                .formatted(name, other + 1, i + 1, Words.shorten(column)));
      }
    }
    return index;
  }

  /**
   * The next record of data; null at the end. A blank line is a record of a table of one column
   * only.
   *
   * @throws InputException if what follows is not CSV
   */
  public @Nullable CsvRecord next() {
    CsvRecord record = pending != null ? pending : nextRecord();
    pending = null;
    while (record != null && numColumns > 1 && isBlank(record)) {
      record = nextRecord();
    }
    return record;
  }

  private static boolean isBlank(CsvRecord record) {
    return record.getFieldCount() == 1 && record.getField(0).isEmpty();
  }

  private @Nullable CsvRecord nextRecord() {
    try {
      return records.hasNext() ? records.next() : null;
    } catch (CsvParseException e) {
      Throwable cause = e.getCause();
      throw new InputException(
          "%s: not readable as CSV with %s: %s%s"
              .formatted(
                  name,
                  dialect.words(),
                  e.getMessage(),
                  cause == null ? "" : " (" + cause.getMessage() + ")"),
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
