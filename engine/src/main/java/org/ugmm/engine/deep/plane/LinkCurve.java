package org.ugmm.engine.deep.plane;

import org.ugmm.engine.number.Rounding;

/**
 * A Gaussian link as a function of the value below it, over one interval of that value, and
 * straight lines that bound it there. Linear domain: {@code phi(y) = weight exp(-q^2 / 2)} with
 * {@code q = (reference + log y - mean) / scale}. Not thread-safe.
 */
final class LinkCurve {
  /*
   * The second derivative is phi (q^2 + s q - 1) / (s y)^2: convex, then concave between the two
   * roots, then convex. On a concave piece the greatest distance from a line is bracketed by
   * tangents; on a convex piece it is at an end. A piece whose ends are off by rounding bends the
   * wrong way by the square of that, which the padding covers many times over.
   */
  private static final double U = Rounding.U;
  private static final double GENTLE = 0.3;
  private static final int STEPS = 6;

  private final double weight;
  private final double weightError;
  private final double mean;
  private final double scale;
  private final double inverse;
  private final double reference;

  /** The q of the two turning points. */
  private final double first;

  private final double second;

  /** Proven ends over the interval. */
  double min;

  double max;

  /** Whether lines are known; else only min and max are. */
  boolean hasLines;

  /** Slope of the parallel lines, and their proven offsets. */
  double slope;

  double low;
  double high;

  /** What {@link #invert} found. */
  double from;

  double to;

  /** The offsets that {@link #lines} found. */
  double lineLow;

  double lineHigh;

  private double a;
  private double b;
  private double qa;
  private double qb;
  private double fa;
  private double fb;
  private double padding;
  private double quadError;

  LinkCurve(double weight, double weightError, double mean, double scale, double reference) {
    this.weight = weight;
    this.weightError = weightError;
    this.mean = mean;
    this.scale = scale;
    this.reference = reference;
    inverse = 1 / scale;
    double root = Math.sqrt(scale * scale + 4);
    first = 0.5 * (-scale - root);
    second = 0.5 * (-scale + root);
  }

  /** Bounds the curve where reference + log y lies in an interval, which is outward. */
  void range(double lo, double hi) {
    hasLines = false;
    slope = 0;
    if (hi == Double.NEGATIVE_INFINITY) {
      min = max = 0;
    } else {
      double near = lo > mean ? (lo - mean) * inverse : hi < mean ? (mean - hi) * inverse : 0;
      double far = Math.max(hi - mean, mean - lo) * inverse;
      max = LeafRange.up(weight, Math.exp(-0.5 * near * near), near, weightError);
      min = far < 1e100 ? LeafRange.down(weight, Math.exp(-0.5 * far * far), far, weightError) : 0;
    }
    low = min;
    high = max;
  }

  /** Finds proven ends of the y whose curve reaches a value above 0. */
  void invert(double value) {
    double ratio = weight * (1 + weightError) / value * (1 + 8 * U);
    double distance = scale * Math.sqrt(2 * Math.log(ratio) + 8 * U) * (1 + 8 * U);
    double slack = 8 * U * (Math.abs(mean) + distance + Math.abs(reference) + 1);
    if (!(ratio >= 1) || !(distance < Double.POSITIVE_INFINITY)) {
      // above the top of the curve, or all but 0
      from = ratio < 1 ? Double.POSITIVE_INFINITY : 0;
      to = ratio < 1 ? 0 : Double.POSITIVE_INFINITY;
      return;
    }
    from = Math.exp(mean - distance - reference - slack) * (1 - 4 * U) - Double.MIN_NORMAL;
    to = Math.exp(mean + distance - reference + slack) * (1 + 4 * U) + Double.MIN_NORMAL;
  }

  /**
   * Finds parallel lines, if any are better than min and max.
   *
   * @param yLo lower end of y
   * @param yHi upper end
   * @param zLo reference + log yLo, in ordinary rounding
   * @param zHi reference + log yHi
   * @param zError bound on the error of both
   */
  void bend(double yLo, double yHi, double zLo, double zHi, double zError) {
    a = yLo;
    b = yHi;
    if (!(a > 1e-280 && b > a)) {
      return;
    }
    qa = (zLo - mean) * inverse;
    qb = (zHi - mean) * inverse;
    double near = qa > 0 ? qa : qb < 0 ? -qb : 0;
    double far = Math.max(qb, -qa);
    // q exp(-q^2 / 2) and q^2 exp(-q^2 / 2) are largest near 1, or at the nearest point
    double steepest = Math.max(near, 1);
    double relative = weightError + (48 + 8 * near * near) * U + 2 * steepest * zError * inverse;
    double stretch = (b - a) / a;
    if (near > 37 || !(relative < 1e-4) || !(stretch < 1e100)) {
      return;
    }
    fa = weight * Math.exp(-0.5 * qa * qa);
    fb = weight * Math.exp(-0.5 * qb * qb);
    padding = 4 * relative * max * (1 + (1 + near) * inverse * stretch);
    quadError = 1e-12 + 8 * (1 + far + scale) * zError * inverse;
    double secant = (fb - fa) / (b - a);
    hasLines = true;
    lines(secant);
    if (lineHigh - lineLow < max - min) {
      slope = secant;
      low = lineLow;
      high = lineHigh;
    }
  }

  /** Finds proven offsets: {@code lineLow <= phi(y) - slope y <= lineHigh} over the interval. */
  private void lines(double lineSlope) {
    double endA = fa - lineSlope * a;
    double endB = fb - lineSlope * b;
    lineHigh = Math.max(endA, endB);
    lineLow = Math.min(endA, endB);
    if (qb - qa < GENTLE) {
      double least = quad(Math.min(qb, Math.max(qa, -0.5 * scale)));
      double most = Math.max(quad(qa), quad(qb));
      double width = (b - a) * inverse / a;
      double bend = max * width * width / 8 * (1 + 1e-12);
      lineHigh += bend * Math.max(0, quadError - least);
      lineLow -= bend * Math.max(0, quadError + most);
    } else {
      double q0 = qa;
      double y0 = a;
      double f0 = fa;
      for (int piece = 0; piece < 3; piece++) {
        double q1 = piece == 0 ? first : piece == 1 ? second : Double.POSITIVE_INFINITY;
        if (q1 <= q0) {
          continue;
        }
        boolean isLast = q1 >= qb;
        double y1 = b;
        double f1 = fb;
        if (isLast) {
          q1 = qb;
        } else {
          y1 = Math.min(b, Math.max(y0, Math.exp(mean + scale * q1 - reference)));
          f1 = weight * Math.exp(-0.5 * q1 * q1);
        }
        if (piece == 1) {
          lineHigh = Math.max(lineHigh, top(lineSlope, 1, y0, q0, f0, y1, q1, f1));
        } else {
          lineLow = Math.min(lineLow, -top(lineSlope, -1, y0, q0, f0, y1, q1, f1));
        }
        double end = f1 - lineSlope * y1;
        lineHigh = Math.max(lineHigh, end);
        lineLow = Math.min(lineLow, end);
        if (isLast) {
          break;
        }
        q0 = q1;
        y0 = y1;
        f0 = f1;
      }
    }
    double pad = padding + 16 * U * Math.abs(lineSlope) * b;
    lineHigh += pad;
    lineLow -= pad;
  }

  private double quad(double q) {
    return q * q + scale * q - 1;
  }

  /** The greatest value of sign (phi(y) - slope y) on a piece where that is concave. */
  private double top(
      double lineSlope,
      int sign,
      double fromY,
      double fromQ,
      double fromF,
      double toY,
      double toQ,
      double toF) {
    double ya = fromY;
    double yb = toY;
    double ga = sign * (fromF - lineSlope * ya);
    double gb = sign * (toF - lineSlope * yb);
    double da = sign * (-fromF * fromQ * inverse / ya - lineSlope);
    double db = sign * (-toF * toQ * inverse / yb - lineSlope);
    if (da <= 0 || db >= 0 || !(yb > ya)) {
      return da <= 0 ? ga : gb;
    }
    double most = Double.POSITIVE_INFINITY;
    double enough = 0.01 * Math.abs(lineHigh - lineLow);
    for (int step = 0; step < STEPS; step++) {
      double meet = ((gb - ga) + da * ya - db * yb) / (da - db);
      meet = Math.min(yb, Math.max(ya, meet));
      most = ga + da * (meet - ya);
      double best = Math.max(ga, gb);
      if (most - best
          <= Math.max(enough, 0.02 * (best - Math.max(sign * lineLow, sign * lineHigh)))) {
        break;
      }
      double y = meet;
      if (y - ya < 0.05 * (yb - ya) || yb - y < 0.05 * (yb - ya)) {
        y = 0.5 * (ya + yb);
      }
      double q = (reference + Math.log(y) - mean) * inverse;
      double value = weight * Math.exp(-0.5 * q * q);
      double g = sign * (value - lineSlope * y);
      double d = sign * (-value * q * inverse / y - lineSlope);
      if (d > 0) {
        ya = y;
        ga = g;
        da = d;
      } else {
        yb = y;
        gb = g;
        db = d;
      }
    }
    return Math.max(most, Math.max(ga, gb));
  }

  /** The value at a y whose reference + log y is given, in ordinary rounding. */
  double value(double z) {
    double q = (z - mean) * inverse;
    return weight * Math.exp(-0.5 * q * q);
  }

  /**
   * Finds the line that touches the curve at a point inside the interval: its slope, and in
   * lineHigh or lineLow its proven offset.
   *
   * @param sign 1 for a line above, -1 for one below
   * @return the slope; NaN where none is known
   */
  double touch(double y, double z, int sign) {
    if (!hasLines || !(y >= a && y <= b)) {
      return Double.NaN;
    }
    double q = (z - mean) * inverse;
    if ((q > first && q < second) != (sign > 0)) {
      return Double.NaN;
    }
    if (sign < 0 && (q < second ? qb > second : qa < first)) {
      return Double.NaN;
    }
    double f = weight * Math.exp(-0.5 * q * q);
    double tangent = -f * q * inverse / y;
    double at = f - tangent * y;
    double endA = fa - tangent * a;
    double endB = fb - tangent * b;
    double pad = padding + 16 * U * Math.abs(tangent) * b;
    lineHigh = Math.max(at, Math.max(endA, endB)) + pad;
    lineLow = Math.min(at, Math.min(endA, endB)) - pad;
    return tangent;
  }
}
