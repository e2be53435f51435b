package org.ugmm.tool.table;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.ugmm.tool.out.FileOutput;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.OutputException;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.out.Words;

/**
 * A table in a Parquet file or in a DuckDB database, {@code FILE.parquet}, {@code FILE.duckdb} or
 * {@code FILE.duckdb,TABLE}. Both are read and written by the JDBC driver of DuckDB, where that is
 * on the class path; it is no part of the command.
 *
 * @param name as the user gave it
 * @param file the file
 * @param table its table; null in a Parquet file, and where the database has only one
 */
public record SqlTable(String name, Path file, @Nullable String table) {
  private static final String PARQUET = ".parquet";
  private static final String DUCKDB = ".duckdb";

  /** A whole number as it is stored: one with zeros before it is a text, such as a post code. */
  private static final String WHOLE = "-?(0|[1-9][0-9]{0,17})";

  /**
   * A number that a double holds: one with more whole digits would lose some. A log of probability
   * zero is one too.
   */
  private static final String NUMBER =
      "-?((0|[1-9][0-9]{0,15})([.][0-9]*)?|[.][0-9]+)([eE][-+]?[0-9]+)?|-Infinity";

  /** The table that a path names; null where it names something else. */
  public static @Nullable SqlTable of(Path path) {
    String text = path.toString();
    String lower = text.toLowerCase(Locale.ROOT);
    int end = lower.lastIndexOf(DUCKDB + ",");
    if (end >= 0) {
      int comma = end + DUCKDB.length();
      return new SqlTable(text, Path.of(text.substring(0, comma)), text.substring(comma + 1));
    }
    return lower.endsWith(PARQUET) || lower.endsWith(DUCKDB)
        ? new SqlTable(text, path, null)
        : null;
  }

  private boolean isParquet() {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(PARQUET);
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  private static String identifier(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  /** A connection to the database, or to none where the file is a Parquet file. */
  private Connection connect(boolean isReadOnly) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("jdbc_stream_results", "true");
    if (isReadOnly && !isParquet()) {
      properties.setProperty("duckdb.read_only", "true");
    }
    String url = "jdbc:duckdb:" + (isParquet() ? "" : file.toString());
    requireDriver();
    return DriverManager.getConnection(url, properties);
  }

  private void requireDriver() {
    boolean isThere = DriverManager.drivers().anyMatch(SqlTable::isOfDuckDb);
    if (!isThere) {
      throw new UsageException(
          "%s: needs the JDBC driver of DuckDB, which is not there; set UGMM_CLASSPATH to the file duckdb_jdbc.jar (Maven: org.duckdb:duckdb_jdbc)"
              .formatted(name));
    }
  }

  private static boolean isOfDuckDb(Driver driver) {
    try {
      return driver.acceptsURL("jdbc:duckdb:");
    } catch (SQLException e) {
      return false;
    }
  }

  /**
   * The rows as the text of a CSV file with a header row; real numbers with all their digits.
   *
   * @throws InputException if they cannot be read
   */
  InputStream read() throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    Connection connection = null;
    try {
      connection = connect(true);
      Statement statement = connection.createStatement();
      String from =
          isParquet()
              ? "read_parquet(%s)".formatted(quoted(file.toString()))
              : identifier(tableName(statement));
      ResultSet rows = statement.executeQuery("SELECT * FROM " + from);
      return new SqlText(connection, rows, name);
    } catch (SQLException e) {
      close(connection);
      throw new InputException("%s: cannot be read: %s".formatted(name, firstLine(e)), e);
    } catch (RuntimeException e) {
      close(connection);
      throw e;
    }
  }

  private static void close(@Nullable Connection connection) {
    try {
      if (connection != null) {
        connection.close();
      }
    } catch (SQLException e) {
      // what went wrong before is what is reported
      return;
    }
  }

  static String firstLine(SQLException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason given");
  }

  private String tableName(Statement statement) throws SQLException {
    List<String> tables = new ArrayList<>();
    try (ResultSet names =
        statement.executeQuery(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main'"
                + " ORDER BY table_name")) {
      while (names.next()) {
        tables.add(names.getString(1));
      }
    }
    if (table == null ? tables.size() == 1 : tables.contains(table)) {
      return table == null ? tables.get(0) : table;
    }
    throw new InputException(
        "%s: %s; expected %s,TABLE with one of %s"
            .formatted(
                name,
                table == null
                    ? "has %d tables".formatted(tables.size())
                    : "has no table '%s'".formatted(Words.shorten(table)),
                file,
                tables.isEmpty() ? "its tables, of which there are none" : Words.some(tables)));
  }

  /** The file of a table, whether it is one of these or any other. */
  public static Path fileOf(Path name) {
    SqlTable table = of(name);
    return table == null ? name : table.file;
  }

  /**
   * Requires that the table can be written.
   *
   * @throws UsageException if it has no name or there is no driver
   */
  public void requireWritable() {
    if (!isParquet() && table == null) {
      throw new UsageException("-o %s: names no table; expected %s,TABLE".formatted(name, file));
    }
    requireDriver();
  }

  /**
   * Takes a CSV file with a header row; the Parquet file, or the table of the database, is replaced
   * as a whole. A column of whole numbers or of numbers is stored as such, any other as texts, and
   * an empty cell as null.
   *
   * @param style how the CSV file is written
   * @throws OutputException if it cannot be written
   */
  public void write(Path csv, TableStyle style) throws IOException {
    Path text = utf8(csv, style);
    try (Connection connection = connect(false);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TEMP TABLE texts AS SELECT * FROM read_csv(%s, header = true, all_varchar = true, delim = %s, quote = '\"', escape = '\"', nullstr = '')"
              .formatted(quoted(text.toString()), quoted(String.valueOf(style.delimiter()))));
      String select = "SELECT %s FROM texts".formatted(columns(statement, style));
      if (isParquet()) {
        Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        Path whole =
            target.resolveSibling(
                ".%s.%d.tmp".formatted(target.getFileName(), ProcessHandle.current().pid()));
        try {
          statement.execute(
              "COPY (%s) TO %s (FORMAT parquet)".formatted(select, quoted(whole.toString())));
          FileOutput.replace(whole, target);
        } finally {
          Files.deleteIfExists(whole);
        }
      } else {
        statement.execute(
            "CREATE OR REPLACE TABLE main.%s AS %s"
                .formatted(identifier(String.valueOf(table)), select));
      }
    } catch (SQLException e) {
      throw new OutputException("%s: cannot be written: %s".formatted(name, firstLine(e)));
    } finally {
      if (!text.equals(csv)) {
        Files.deleteIfExists(text);
      }
    }
  }

  private static Path utf8(Path csv, TableStyle style) throws IOException {
    if (style.encoding().equals(StandardCharsets.UTF_8)) {
      return csv;
    }
    Path text = csv.resolveSibling(csv.getFileName() + ".utf8");
    try (BufferedReader from = Files.newBufferedReader(csv, style.encoding());
        BufferedWriter to = Files.newBufferedWriter(text)) {
      from.transferTo(to);
    }
    return text;
  }

  /** The columns of the texts, each cast to what all its cells are. */
  private static String columns(Statement statement, TableStyle style) throws SQLException {
    List<String> names = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery("SELECT * FROM texts LIMIT 0")) {
      for (int c = 1; c <= rows.getMetaData().getColumnCount(); c++) {
        names.add(rows.getMetaData().getColumnName(c));
      }
    }
    List<String> selected = new ArrayList<>();
    for (String name : names) {
      String cell = identifier(name);
      String number = style.hasDecimalComma() ? "replace(%s, ',', '.')".formatted(cell) : cell;
      String type = "";
      try (ResultSet all =
          statement.executeQuery(
              "SELECT bool_and(regexp_full_match(%s, %s)), bool_and(regexp_full_match(%s, %s)) FROM texts"
                  .formatted(cell, quoted(WHOLE), number, quoted(NUMBER)))) {
        if (all.next()) {
          type = all.getBoolean(1) ? "BIGINT" : all.getBoolean(2) ? "DOUBLE" : "";
        }
      }
      selected.add(type.isEmpty() ? cell : "CAST(%s AS %s) AS %s".formatted(number, type, cell));
    }
    return String.join(", ", selected);
  }
}
