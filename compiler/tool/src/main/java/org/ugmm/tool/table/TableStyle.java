package org.ugmm.tool.table;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.StringWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.ugmm.tool.out.Words;

/**
 * How a table is written, so that another can be written like it.
 *
 * @param delimiter what parts cells
 * @param hasDecimalComma whether numbers have a comma before their decimals
 * @param encoding of the text
 * @param hasMark whether a byte order mark comes first
 * @param hasCarriageReturn whether lines end as on Windows
 */
public record TableStyle(
    char delimiter,
    boolean hasDecimalComma,
    Charset encoding,
    boolean hasMark,
    boolean hasCarriageReturn) {
  /** Commas, decimal points, UTF-8. */
  public static final TableStyle PLAIN =
      new TableStyle(',', false, StandardCharsets.UTF_8, false, false);

  /** A writer of records; cells are quoted where they must be. */
  public CsvWriter writer(StringWriter text) {
    return CsvWriter.builder()
        .bufferSize(0)
        .fieldSeparator(delimiter)
        .lineDelimiter(hasCarriageReturn ? LineDelimiter.CRLF : LineDelimiter.LF)
        .build(text);
  }

  /** The bytes of a text; those of the first one of a table begin with its mark. */
  public byte[] bytes(String text, boolean isFirst) {
    return (isFirst && hasMark ? '\uFEFF' + text : text).getBytes(encoding);
  }

  /** All digits of a number; empty for NaN. */
  public String number(double value) {
    if (Double.isNaN(value)) {
      return "";
    }
    String text = Words.number(value);
    return hasDecimalComma ? text.replace('.', ',') : text;
  }
}
