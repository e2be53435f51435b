package org.ugmm.tool.table;

import java.util.Locale;
import java.util.regex.Pattern;

/** How the numbers of a table are written. */
enum Decimals {
  /** With a decimal point. */
  POINT,
  /** With a decimal comma. */
  COMMA,
  /** Nothing shows yet; a cell that could be thousands as well is neither. */
  EITHER;

  private static final Pattern THOUSANDS = Pattern.compile("[+-]?[1-9]\\d{0,2}[.,]\\d{3}");

  /**
   * A decimal number or an infinity; NaN where the text is neither. Java's own reader takes type
   * suffixes and hexadecimal digits too, which no table means.
   */
  double number(String text) {
    if (this == POINT) {
      return pointed(text);
    }
    int comma = text.indexOf(',');
    int point = text.indexOf('.');
    if (comma >= 0 && point >= 0 || this == COMMA && point >= 0) {
      return Double.NaN;
    }
    if (this == EITHER && (comma >= 0 || point >= 0) && mayBeThousands(text)) {
      return Double.NaN;
    }
    return pointed(comma < 0 ? text : text.replace(',', '.'));
  }

  /** Whether the sign in a number may be that of thousands. */
  static boolean mayBeThousands(String text) {
    return THOUSANDS.matcher(text).matches();
  }

  private static double pointed(String text) {
    if (text.isEmpty()) {
      return Double.NaN;
    }
    char last = text.charAt(text.length() - 1);
    if (last > '9') {
      return switch (text.toLowerCase(Locale.ROOT)) {
        case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
        case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
        default -> Double.NaN;
      };
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!(c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E')) {
        return Double.NaN;
      }
    }
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  /** What to say of a text that is no number; empty where nothing helps. */
  String hint(String text) {
    if (this == POINT && !Double.isNaN(COMMA.number(text)) && text.indexOf(',') >= 0) {
      return " with a decimal point (or pass --decimal ,)";
    }
    if (this == COMMA && !Double.isNaN(POINT.number(text))) {
      return " with a decimal comma (or pass --decimal .)";
    }
    return this == EITHER && mayBeThousands(text)
        ? "; whether that is a decimal sign or thousands is told by --decimal , or --decimal ."
        : "";
  }
}
