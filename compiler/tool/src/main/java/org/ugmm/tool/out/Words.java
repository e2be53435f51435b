package org.ugmm.tool.out;

import java.util.List;
import java.util.Locale;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Estimated;
import org.ugmm.engine.data.Certificate.Exact;

/** Numbers and certificates as a person reads them. */
public final class Words {
  private static final int NAMES_SHOWN = 5;
  private static final int CHARACTERS_SHOWN = 40;

  private Words() {}

  /** All digits of a number, without a needless fraction. */
  public static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  /** A number to six digits or so. */
  public static String rounded(double value) {
    if (value == 0) {
      return "0";
    }
    double size = Math.abs(value);
    return size >= 1e-4 && size < 1e7
        ? trimmed(String.format(Locale.ROOT, size < 1 ? "%.6f" : "%.4f", value))
        : String.format(Locale.ROOT, "%.3e", value);
  }

  /** A change: with its sign, to six digits or so. */
  public static String signed(double change) {
    return (change > 0 ? "+" : "") + rounded(change);
  }

  /** A count with separators of thousands. */
  public static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String trimmed(String decimal) {
    String text = decimal;
    while (text.endsWith("0")) {
      text = text.substring(0, text.length() - 1);
    }
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
  }

  /** The number {@code exp(log)}, also where it is outside the range of a double. */
  public static String exp(double log) {
    if (log == Double.NEGATIVE_INFINITY) {
      return "0";
    }
    if (Math.abs(log) < 600) {
      return rounded(Math.exp(log));
    }
    double log10 = log / Math.log(10);
    double exponent = Math.floor(log10);
    if (Math.ulp(log10) > 1e-4) {
      return "exp(%s)".formatted(log); // the log has no digits left for those of the number
    }
    return String.format(Locale.ROOT, "%.3fe%+d", Math.pow(10, log10 - exponent), (long) exponent);
  }

  /** A share of 1 in per cent. */
  public static String percent(double share) {
    double percent = 100 * share;
    return percent != 0 && percent < 0.01
        ? String.format(Locale.ROOT, "%.2e %%", percent)
        : String.format(Locale.ROOT, "%.2f %%", percent);
  }

  /** A certificate in a sentence. */
  public static String certificate(Certificate certificate) {
    if (certificate instanceof Exact exact) {
      return "exact, relative error at most " + bound(exact.relativeErrorBound());
    }
    if (certificate instanceof Enclosed enclosed) {
      return "enclosed, the true value is proven to lie in [%s, %s]"
          .formatted(number(enclosed.lo()), number(enclosed.hi()));
    }
    Estimated estimated = (Estimated) certificate;
    return "estimated, error about %s (not proven): %s, %s evaluations%s"
        .formatted(
            bound(estimated.errorEstimate()),
            estimated.method(),
            count(estimated.evaluations()),
            estimated.seed() == 0 ? "" : ", seed " + estimated.seed());
  }

  /** The kind of a certificate as the option {@code --allow} spells it. */
  public static String kind(Certificate certificate) {
    return certificate.kind().name().toLowerCase(Locale.ROOT);
  }

  /** Two digits, rounded up so that the text is a bound as well. */
  public static String bound(double bound) {
    if (bound == 0 || !Double.isFinite(bound)) {
      return number(bound);
    }
    return new java.math.BigDecimal(bound)
        .round(new java.math.MathContext(2, java.math.RoundingMode.UP))
        .toString()
        .toLowerCase(Locale.ROOT);
  }

  /** A number in no more digits than its standard error leaves, above 0. */
  public static String within(double value, double error) {
    int decimals = (int) Math.max(0, Math.min(12, 1 - Math.floor(Math.log10(error))));
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }

  /** What a certificate leaves open, for the note beside it; empty for what is exact. */
  public static String note(Certificate certificate) {
    if (certificate instanceof Enclosed enclosed) {
      return "in [" + enclosed.lo() + ", " + enclosed.hi() + "]";
    }
    return certificate instanceof Estimated estimated
        ? "error about " + estimated.errorEstimate() + ", not proven"
        : "";
  }

  /** The first names of a list, and how many there are. */
  public static String some(List<String> names) {
    return names.size() <= NAMES_SHOWN
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, NAMES_SHOWN)) + ", ... (" + names.size() + " in all)";
  }

  /** The beginning of a text that may be long. */
  public static String shorten(String text) {
    return text.length() <= CHARACTERS_SHOWN ? text : text.substring(0, CHARACTERS_SHOWN) + "...";
  }
}
