package org.ugmm.tool.table;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * How a table is written, as said or as its first bytes show.
 *
 * @param encoding of the text
 * @param numMarks bytes of a byte order mark before the text
 * @param delimiter what parts cells
 * @param decimals how numbers are written
 * @param hasCarriageReturn whether the first line ends with one
 */
record Dialect(
    Charset encoding, int numMarks, char delimiter, Decimals decimals, boolean hasCarriageReturn) {
  /** In the order of preference: a table of decimal commas has commas in its cells. */
  private static final List<Character> DELIMITERS = List.of('\t', ';', ',', '|');

  /** Records that are looked at. */
  private static final int RECORDS = 20;

  private static final Pattern COMMA = Pattern.compile("[+-]?\\d*,\\d+([eE][+-]?\\d+)?");
  private static final Pattern POINT = Pattern.compile("[+-]?\\d*\\.\\d+([eE][+-]?\\d+)?");

  /**
   * Recognises what is not said.
   *
   * @param first the first bytes of the table
   * @param isWhole whether they are all of it
   */
  static Dialect of(TableFormat said, byte[] first, boolean isWhole) {
    int numMarks = 0;
    Charset encoding;
    if (startsWith(first, 0xEF, 0xBB, 0xBF)) {
      encoding = StandardCharsets.UTF_8;
      numMarks = 3;
    } else if (startsWith(first, 0xFF, 0xFE)) {
      encoding = StandardCharsets.UTF_16LE;
      numMarks = 2;
    } else if (startsWith(first, 0xFE, 0xFF)) {
      encoding = StandardCharsets.UTF_16BE;
      numMarks = 2;
    } else if (said.encoding() != null) {
      encoding = said.encoding();
    } else {
      encoding = isUtf8(first, isWhole) ? StandardCharsets.UTF_8 : Charset.forName("windows-1252");
    }
    String text = new String(first, numMarks, first.length - numMarks, encoding);
    char delimiter = said.delimiter() != null ? said.delimiter() : delimiter(text, isWhole);
    Decimals decimals =
        said.decimal() != null
            ? said.decimal() == ',' ? Decimals.COMMA : Decimals.POINT
            : decimals(text, delimiter, isWhole);
    int lineEnd = text.indexOf('\n');
    boolean hasCarriageReturn = lineEnd > 0 && text.charAt(lineEnd - 1) == '\r';
    return new Dialect(encoding, numMarks, delimiter, decimals, hasCarriageReturn);
  }

  private static boolean startsWith(byte[] bytes, int... marks) {
    if (bytes.length < marks.length) {
      return false;
    }
    for (int i = 0; i < marks.length; i++) {
      if ((bytes[i] & 0xFF) != marks[i]) {
        return false;
      }
    }
    return true;
  }

  /** Whether bytes are UTF-8; the last character may be cut off where more follow. */
  private static boolean isUtf8(byte[] bytes, boolean isWhole) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CharBuffer text = CharBuffer.allocate(bytes.length + 1);
    CoderResult result = decoder.decode(ByteBuffer.wrap(bytes), text, isWhole);
    return !result.isError();
  }

  /**
   * The sign that every record has equally often; without one, that of which the first has most.
   */
  private static char delimiter(String text, boolean isWhole) {
    char most = ',';
    int mostOften = 0;
    for (char candidate : DELIMITERS) {
      List<List<String>> records = records(text, candidate, isWhole);
      int often = records.isEmpty() ? 0 : records.get(0).size() - 1;
      if (often > 0 && records.stream().allMatch(record -> record.size() - 1 == often)) {
        return candidate;
      }
      if (often > mostOften) {
        most = candidate;
        mostOften = often;
      }
    }
    return most;
  }

  /**
   * The sign that numbers show. Where all that have one could be thousands (1.234), a point is
   * taken for that of decimals, but not beside semicolons, whose tables have decimal commas.
   */
  private static Decimals decimals(String text, char delimiter, boolean isWhole) {
    if (delimiter == ',') {
      return Decimals.POINT;
    }
    int commas = 0;
    int points = 0;
    boolean mayBePoints = delimiter != ';';
    for (List<String> record : records(text, delimiter, isWhole)) {
      for (String cell : record) {
        String number = cell.strip();
        if (Decimals.mayBeThousands(number)) {
          mayBePoints &= number.indexOf(',') < 0;
        } else {
          commas += COMMA.matcher(number).matches() ? 1 : 0;
          points += POINT.matcher(number).matches() ? 1 : 0;
        }
      }
    }
    if (commas == points) {
      return mayBePoints ? Decimals.POINT : Decimals.EITHER;
    }
    return commas > points ? Decimals.COMMA : Decimals.POINT;
  }

  /** The first whole records, split by a delimiter; blank lines are none. */
  private static List<List<String>> records(String text, char delimiter, boolean isWhole) {
    List<List<String>> records = new ArrayList<>();
    List<String> record = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean isQuoted = false;
    for (int i = 0; i < text.length() && records.size() < RECORDS; i++) {
      char c = text.charAt(i);
      if (c == '"') {
        isQuoted = !isQuoted;
      } else if (!isQuoted && c == delimiter) {
        record.add(cell.toString());
        cell.setLength(0);
      } else if (!isQuoted && (c == '\n' || c == '\r')) {
        record = ended(records, record, cell);
      } else {
        cell.append(c);
      }
    }
    if (isWhole && records.size() < RECORDS) {
      ended(records, record, cell);
    }
    return records;
  }

  private static List<String> ended(
      List<List<String>> records, List<String> record, StringBuilder cell) {
    if (!record.isEmpty() || cell.length() > 0) {
      record.add(cell.toString());
      records.add(record);
      cell.setLength(0);
    }
    return new ArrayList<>();
  }

  /** How a table like this one is written: semicolons come with decimal commas. */
  TableStyle style() {
    boolean hasComma =
        decimals == Decimals.COMMA || decimals == Decimals.EITHER && delimiter == ';';
    return new TableStyle(delimiter, hasComma, encoding, numMarks > 0, hasCarriageReturn);
  }

  /** Such as {@code separator ';', UTF-8}. */
  String words() {
    return "separator %s, %s"
        .formatted(delimiter == '\t' ? "tab" : "'" + delimiter + "'", encoding.name());
  }
}
