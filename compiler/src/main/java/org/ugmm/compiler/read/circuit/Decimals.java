package org.ugmm.compiler.read.circuit;

import java.nio.charset.StandardCharsets;

/** Decimal numbers in a text of bytes. */
final class Decimals {
  /*
   * Most of a file of a circuit is logs of 16 or 17 digits, a few too many for a quotient of two
   * doubles. The digits are a long, exact as the sum of two doubles, and a quotient with its
   * remainder (one fused multiply-add, exact) is known to some 100 bits. That rounds to the nearest
   * double unless a tie is close; then, and wherever more digits or larger exponents are written, the
   * JDK decides. So the value is always the one of Double.parseDouble.
   */
  private static final int MAX_LENGTH = 400;
  private static final int MAX_DIGITS = 18;
  private static final double[] POWERS = new double[23];

  static {
    POWERS[0] = 1;
    for (int i = 1; i < POWERS.length; i++) {
      POWERS[i] = 10 * POWERS[i - 1]; // exact: 5^22 has 52 bits
    }
  }

  private Decimals() {}

  /**
   * The double nearest to a decimal number.
   *
   * @return NaN when the text is none, or beyond the range of a double
   */
  static double parse(byte[] text, int from, int to) {
    int i = from;
    boolean isNegative = i < to && text[i] == '-';
    if (i < to && (text[i] == '-' || text[i] == '+')) {
      i++;
    }
    long digits = 0;
    int numDigits = 0;
    int numDecimals = 0;
    boolean hasDigit = false;
    boolean hasPoint = false;
    for (; i < to; i++) {
      int digit = text[i] - '0';
      if (digit >= 0 && digit <= 9) {
        hasDigit = true;
        digits = 10 * digits + digit;
        numDigits += digits == 0 ? 0 : 1;
        numDecimals += hasPoint ? 1 : 0;
        if (numDigits > MAX_DIGITS) {
          return byJdk(text, from, to);
        }
      } else if (text[i] == '.' && !hasPoint) {
        hasPoint = true;
      } else {
        return byJdk(text, from, to);
      }
    }
    if (!hasDigit || numDecimals >= POWERS.length) {
      return byJdk(text, from, to);
    }
    double value = digits == 0 ? 0 : quotient(digits, POWERS[numDecimals]);
    if (Double.isNaN(value)) {
      return byJdk(text, from, to);
    }
    return isNegative ? -value : value;
  }

  /** The double nearest to a quotient; NaN when it is too close to call. */
  private static double quotient(long digits, double power) {
    double high = (double) digits;
    double low = (double) (digits - (long) high);
    double quotient = high / power;
    double rest = (Math.fma(-quotient, power, high) + low) / power;
    double sum = quotient + rest;
    double beyond = Math.abs(quotient - sum + rest);
    double half = 0.5 * Math.ulp(sum);
    double close = 0x1p-30 * half;
    // below a power of two the doubles lie twice as dense
    boolean isClose = Math.abs(beyond - half) < close || Math.abs(beyond - 0.5 * half) < close;
    return isClose ? Double.NaN : sum;
  }

  private static double byJdk(byte[] text, int from, int to) {
    if (to - from > MAX_LENGTH) {
      return Double.NaN;
    }
    for (int i = from; i < to; i++) {
      if ("0123456789.eE+-".indexOf(text[i]) < 0) {
        return Double.NaN;
      }
    }
    try {
      double value =
          Double.parseDouble(new String(text, from, to - from, StandardCharsets.ISO_8859_1));
      return Double.isInfinite(value) ? Double.NaN : value;
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }
}
