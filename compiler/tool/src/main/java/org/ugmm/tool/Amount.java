package org.ugmm.tool;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Times and sizes as options say them: {@code 500ms}, {@code 1.5h}, {@code 64k}. */
final class Amount {
  private static final Pattern TIME = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(ms|s|m|h)");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})([kKmM]?)");

  private Amount() {}

  /** A time with its unit, ms, s, m or h; null where the text is none. */
  static @Nullable Duration time(String text) {
    Matcher parts = TIME.matcher(text);
    if (!parts.matches()) {
      return null;
    }
    double seconds =
        switch (parts.group(2)) {
          case "ms" -> 1e-3;
          case "s" -> 1;
          case "m" -> 60;
          default -> 3600;
        };
    return Duration.ofNanos(Math.round(Double.parseDouble(parts.group(1)) * seconds * 1e9));
  }

  /** A number of bytes, of k of 1024 or of m of 1024 k; -1 where the text is none. */
  static long size(String text) {
    Matcher parts = SIZE.matcher(text);
    if (!parts.matches()) {
      return -1;
    }
    long unit =
        switch (parts.group(2)) {
          case "" -> 1;
          case "k", "K" -> 1 << 10;
          default -> 1 << 20;
        };
    return Long.parseLong(parts.group(1)) * unit;
  }
}
