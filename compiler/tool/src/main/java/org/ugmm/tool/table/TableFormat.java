package org.ugmm.tool.table;

import java.nio.charset.Charset;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is said of a table; what is not said is recognised from its first bytes.
 *
 * @param delimiter what parts cells; null to recognise it
 * @param decimal the sign before the decimals, {@code '.'} or {@code ','}; null to recognise it
 * @param encoding of the text; null to recognise it
 * @param missing texts that stand for a value that is not known, unless a state has that name
 * @param hasHeader whether the first record names the columns
 */
public record TableFormat(
    @Nullable Character delimiter,
    @Nullable Character decimal,
    @Nullable Charset encoding,
    Set<String> missing,
    boolean hasHeader) {
  private static final List<String> MISSING =
      List.of("", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "?");

  /** Copies the set. */
  public TableFormat {
    missing = Set.copyOf(missing);
  }

  /** Everything is recognised; the texts that usually mean a missing value do. */
  public static TableFormat recognised(boolean hasHeader) {
    return new TableFormat(null, null, null, Set.copyOf(MISSING), hasHeader);
  }

  /** The same with more texts for a missing value. */
  public TableFormat withMissing(List<String> more) {
    Set<String> all = new LinkedHashSet<>(missing);
    all.addAll(more);
    return new TableFormat(delimiter, decimal, encoding, all, hasHeader);
  }

  /** The first usual text for a missing value that is not the name of a state. */
  public static String missingText(List<String> states) {
    return MISSING.stream().filter(text -> !states.contains(text)).findFirst().orElse("");
  }
}
