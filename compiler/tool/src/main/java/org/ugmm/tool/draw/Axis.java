package org.ugmm.tool.draw;

import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Posterior.Numeric;
import org.ugmm.engine.data.Variable;
import org.ugmm.tool.out.Words;

/**
 * The part of the line on which a real variable is drawn.
 *
 * @param lo lower end
 * @param hi upper end, above it
 */
public record Axis(double lo, double hi) {
  private static final double TAIL = 0.001;
  private static final double MARGIN = 0.05;
  private static final double SCALES = 3;

  /** Where nearly all of a distribution lies. */
  public static Axis of(Numeric mixture) {
    double lo = mixture.quantile(TAIL);
    double hi = mixture.quantile(1 - TAIL);
    return mixture.variable().isCount()
        ? new Axis(lo - 0.5, hi + 0.5)
        : padded(lo, hi, mixture.variable());
  }

  /** Where the leaves on a variable lie, where its distribution is not known. */
  public static Axis ofLeaves(Circuit circuit, int variable) {
    Variable.Real real = (Variable.Real) circuit.variables().get(variable);
    if (real.isBounded()) {
      return new Axis(real.lo(), real.hi());
    }
    double lo = Double.POSITIVE_INFINITY;
    double hi = Double.NEGATIVE_INFINITY;
    for (int n = 0; n < circuit.numNodes(); n++) {
      if (circuit.variable(n) == variable && circuit.kind(n) == NodeKind.GAUSSIAN) {
        double reach = SCALES * circuit.parameter(n, 1);
        lo = Math.min(lo, circuit.parameter(n, 0) - reach);
        hi = Math.max(hi, circuit.parameter(n, 0) + reach);
      }
    }
    return lo < hi ? padded(lo, hi, real) : new Axis(-1, 1);
  }

  private static Axis padded(double from, double to, Variable.Real real) {
    double pad = MARGIN * (to - from);
    double lo = Math.max(real.lo(), from - pad);
    double hi = Math.min(real.hi(), to + pad);
    return lo < hi && Double.isFinite(hi - lo)
        ? new Axis(lo, hi)
        : new Axis(Math.nextDown(from) - 1e-3, Math.nextUp(to) + 1e-3);
  }

  /** The place of a value as a share of the axis. */
  double share(double value) {
    return (value - lo) / (hi - lo);
  }

  /** A value in as many digits as the axis can show. */
  String label(double value) {
    double step = Math.pow(10, Math.floor(Math.log10((hi - lo) / 100)));
    double rounded = Math.rint(value / step) * step;
    return Words.rounded(Math.abs(rounded) < step / 2 ? 0 : rounded);
  }
}
