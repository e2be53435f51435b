package org.ugmm.tool;

import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.table.TableFormat;
import picocli.CommandLine.Option;

/** The options of every command that reads a table; what they do not say is recognised. */
final class TableOptions {
  @Option(
      names = "--no-header",
      description = "The table has no header row; its columns are in the order of the variables.")
  private boolean hasNoHeader;

  @Option(
      names = "--delimiter",
      paramLabel = "CHAR",
      description = "What parts cells: a character or tab. Recognised where it is not said.")
  private @Nullable String delimiter;

  @Option(
      names = "--decimal",
      paramLabel = "CHAR",
      description = "The decimal sign, . or , in the numbers of the table. Recognised as well.")
  private @Nullable String decimal;

  @Option(
      names = "--encoding",
      paramLabel = "NAME",
      description = "Encoding of the table, such as windows-1252. Recognised as well.")
  private @Nullable String encoding;

  @Option(
      names = "--missing",
      split = ",",
      paramLabel = "TEXT",
      description =
          "More texts for a value that is not known, such as -999, beside an empty cell, NA, N/A,"
              + " n/a, NaN, nan, null, NULL and ?. A state that has such a name comes first.")
  private List<String> missing = new ArrayList<>();

  /** What is said of the table. */
  TableFormat format() {
    TableFormat all = TableFormat.recognised(!hasNoHeader);
    return new TableFormat(delimiter(), decimal(), charset(), all.missing(), all.hasHeader())
        .withMissing(missing);
  }

  private @Nullable Character delimiter() {
    if (delimiter == null) {
      return null;
    }
    if (delimiter.equals("tab") || delimiter.equals("\\t")) {
      return '\t';
    }
    if (delimiter.length() != 1 || "\"\n\r".contains(delimiter)) {
      throw new UsageException(
          "--delimiter '%s'; expected one character, or tab".formatted(delimiter));
    }
    return delimiter.charAt(0);
  }

  private @Nullable Character decimal() {
    if (decimal != null && !decimal.equals(".") && !decimal.equals(",")) {
      throw new UsageException("--decimal '%s'; expected . or ,".formatted(decimal));
    }
    return decimal == null ? null : decimal.charAt(0);
  }

  private @Nullable Charset charset() {
    try {
      return encoding == null ? null : Charset.forName(encoding);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      throw new UsageException(
          "--encoding %s: not known here; expected a name such as UTF-8, windows-1252 or UTF-16"
              .formatted(encoding));
    }
  }
}
