package org.ugmm.tool.table;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.ugmm.tool.out.InputException;

/** The rows of a query as the text of a CSV file, made while it is read. */
final class SqlText extends InputStream {
  private final Connection connection;
  private final ResultSet rows;
  private final String name;
  private final int numColumns;
  private final StringBuilder line = new StringBuilder();
  private byte[] text;
  private int at;

  SqlText(Connection connection, ResultSet rows, String name) throws SQLException {
    this.connection = connection;
    this.rows = rows;
    this.name = name;
    numColumns = rows.getMetaData().getColumnCount();
    for (int c = 1; c <= numColumns; c++) {
      put(c, rows.getMetaData().getColumnLabel(c));
    }
    text = bytes();
  }

  private byte[] bytes() {
    line.append('\n');
    byte[] made = line.toString().getBytes(StandardCharsets.UTF_8);
    line.setLength(0);
    at = 0;
    return made;
  }

  /** Makes the text of the next row; false after the last. */
  private boolean fill() {
    try {
      if (!rows.next()) {
        return false;
      }
      for (int c = 1; c <= numColumns; c++) {
        put(c, rows.getObject(c));
      }
    } catch (SQLException e) {
      throw new InputException("%s: cannot be read: %s".formatted(name, SqlTable.firstLine(e)), e);
    }
    text = bytes();
    return true;
  }

  private void put(int column, @Nullable Object value) {
    if (column > 1) {
      line.append(',');
    }
    if (value instanceof Float number) {
      line.append(number.doubleValue()); // the number that is stored, not its shortest name
    } else if (value instanceof BigDecimal number) {
      line.append(number.toPlainString());
    } else if (value instanceof Number || value instanceof Boolean) {
      line.append(value);
    } else if (value != null) {
      line.append('"').append(value.toString().replace("\"", "\"\"")).append('"');
    }
  }

  @Override
  public int read() {
    return at == text.length && !fill() ? -1 : text[at++] & 255;
  }

  @Override
  public int read(byte[] to, int from, int count) {
    if (count == 0) {
      return 0;
    }
    if (at == text.length && !fill()) {
      return -1;
    }
    int some = Math.min(count, text.length - at);
    System.arraycopy(text, at, to, from, some);
    at += some;
    return some;
  }

  /** A row is always there without waiting, so that a sample spans more than one. */
  @Override
  public int available() {
    return at == text.length && !fill() ? 0 : text.length - at;
  }

  @Override
  public void close() throws IOException {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IOException(e);
    }
  }
}
