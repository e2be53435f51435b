package org.ugmm.engine.mpe;

import java.util.Arrays;
import java.util.List;

/**
 * Bounds a {@link ConditionedCircuit} over boxes by value, slope and curvature. Not thread-safe.
 */
public final class TaylorBound implements BoxBound {
  /*
   * L is the log of the root. Three steps, each only if the one before did not settle the box.
   *
   * 1. The range of L from the interval pass. A real dimension along which the gradient has one sign
   *    holds a maximiser only at its end, and only if that end is an end of the root box; otherwise
   *    the neighbour that shares the face holds it, and the box is dropped.
   * 2. A concave majorant (Androulakis, Maranas, Floudas, alpha-BB, 1995):
   *      U(x) = L(x) + 1/2 SUM_i alpha_i (radius_i^2 - (x_i - centre_i)^2) >= L(x) on the box,
   *    with alpha chosen from the enclosed Hessian so that U is concave. A concave function lies
   *    below each of its tangents, so one enclosed value and gradient at any point bounds U over the
   *    box. The point is chosen by Newton steps on U, which makes the tangent nearly flat. Around a
   *    maximiser alpha is 0, U is L, and the bound meets the value: no swarm of tiny boxes is left.
   *    There L + 1/2 SUM bend_i (x_i - t_i)^2 is concave too for some bend > 0, which bounds L by a
   *    parabola instead of a plane: the rest of a gradient g at t costs g^2 / (2 bend), not g times
   *    the width of the box.
   * 3. The point of tangency is a candidate.
   */
  private static final double WORTH_CURVATURE = 12;
  private static final int NEWTON_STEPS = 12;

  /** How much of a range of logs counts when dimensions are compared. */
  private static final double LARGEST_RANGE = 40;

  private static final double NOT_PROVEN = Double.POSITIVE_INFINITY;

  private final ConditionedCircuit r;
  private final TaylorPass pass;
  private final int n;
  private final int[] dims; // the real dimensions that are not points in the current box
  private final double[] tangent;
  private final double[] step;
  private final double[] alpha;
  private final double[] bend;
  private final double[] best;
  private final double[] curvature; // [n][n] midpoint of the Hessian, then minus alpha
  private final double[] spread; // [n][n] radius of the Hessian
  private final double[] factor; // [n][n] workspace of the Cholesky factor
  private final double[] slope;
  private final double[] boxRadius;
  private final double[] boxCentre;
  private double tangentValue;

  public TaylorBound(ConditionedCircuit r) {
    this.r = r;
    pass = new TaylorPass(r);
    n = r.numDimensions;
    dims = new int[n];
    tangent = new double[n];
    step = new double[n];
    alpha = new double[n];
    bend = new double[n];
    best = new double[n];
    boolean anyReal = false;
    for (boolean isDiscrete : r.discrete) {
      anyReal |= !isDiscrete;
    }
    int square = anyReal && pass.maxOrder == 2 ? n * n : 0;
    curvature = new double[square];
    spread = new double[square];
    factor = new double[square];
    slope = new double[n];
    boxRadius = new double[n];
    boxCentre = new double[n];
  }

  @Override
  public double bound(Box box, Incumbent incumbent, double enough) {
    int root = r.root();
    int maxOrder = Math.min(pass.maxOrder, r.order(box.lo, box.hi));
    pass.run(box.lo, box.hi, Math.min(1, maxOrder));
    if (maxOrder > 0 && dropOrShrink(box)) {
      if (pass.hi[root] == Double.NEGATIVE_INFINITY || box.upper == Double.NEGATIVE_INFINITY) {
        return Double.NEGATIVE_INFINITY;
      }
      pass.run(box.lo, box.hi, 1);
    }
    double upper = pass.hi[root];
    if (Double.isNaN(upper)) {
      upper = NOT_PROVEN;
    }
    chooseSplit(box, maxOrder);
    if (upper <= enough) {
      return upper;
    }
    int count = 0;
    boolean allFixed = true;
    boolean anyJump = false; // then what is true at an end of the box is not near it
    for (int d = 0; d < n; d++) {
      if (!box.isPoint(d)) {
        if (r.discrete[d] || r.whole[d]) {
          allFixed = false;
        } else {
          dims[count++] = d;
          anyJump |= r.binned[d];
        }
      }
    }
    if (!allFixed) {
      trace(incumbent, box);
      return upper;
    }
    if (count > 0 && maxOrder == 2 && !anyJump && upper - pass.lo[root] < WORTH_CURVATURE) {
      pass.run(box.lo, box.hi, 2);
      upper = Math.min(upper, pass.hi[root]);
      if (upper > enough) {
        upper = Math.min(upper, majorant(box, count, incumbent, enough));
      }
    } else {
      offerCentre(box, incumbent);
      if (count == 0) {
        upper = Math.min(upper, pass.midHi[root]);
      }
      if (anyJump) {
        offerCorner(box, incumbent);
      }
    }
    return upper;
  }

  /** Offers the lower ends of dimensions with breaks: bins start there, and a last one may end. */
  private void offerCorner(Box box, Incumbent incumbent) {
    for (int d = 0; d < n; d++) {
      best[d] = r.discrete[d] || r.binned[d] ? box.lo[d] : pass.centre(d);
    }
    offer(best, incumbent);
  }

  /** Whether the box changed; an upper bound of -infinity says that it may be dropped. */
  private boolean dropOrShrink(Box box) {
    int root = r.root();
    if (pass.hi[root] == Double.NEGATIVE_INFINITY) {
      return true;
    }
    int[] scope = pass.scope[root];
    boolean changed = false;
    for (int i = 0; i < scope.length; i++) {
      int d = scope[i];
      if (box.isPoint(d) || r.binned[d]) {
        continue;
      }
      if (pass.gradientLo[pass.gradientStart[root] + i] > 0) {
        if (box.hi[d] < r.rootHi[d]) {
          box.upper = Double.NEGATIVE_INFINITY;
          return true;
        }
        box.lo[d] = box.hi[d];
        changed = true;
      } else if (pass.gradientHi[pass.gradientStart[root] + i] < 0) {
        if (box.lo[d] > r.rootLo[d]) {
          box.upper = Double.NEGATIVE_INFINITY;
          return true;
        }
        box.hi[d] = box.lo[d];
        changed = true;
      }
    }
    return changed;
  }

  private void chooseSplit(Box box, int order) {
    int root = r.root();
    box.split = -1;
    double greatest = -1;
    for (int k = 0; k < r.numNodes; k++) {
      int d = r.dimension[k];
      if (d >= 0 && (r.discrete[d] || r.whole[d]) && !box.isPoint(d)) {
        double range = Math.min(LARGEST_RANGE, pass.hi[k] - pass.lo[k]);
        if (range > greatest) {
          greatest = range;
          box.split = d;
        }
      }
    }
    if (order == 0) {
      for (int d = 0; d < n; d++) {
        double width = box.hi[d] - box.lo[d];
        if (!r.discrete[d] && !r.whole[d] && canHalve(box, d) && width > greatest) {
          greatest = width;
          box.split = d;
        }
      }
      return;
    }
    int[] scope = pass.scope[root];
    for (int i = 0; i < scope.length; i++) {
      int d = scope[i];
      int at = pass.gradientStart[root] + i;
      double steepest = Math.max(Math.abs(pass.gradientHi[at]), Math.abs(pass.gradientLo[at]));
      double change = steepest * pass.radius(d);
      if (!r.isSmooth(d, box.lo[d], box.hi[d])) {
        double share = (box.hi[d] - box.lo[d]) / (r.rootHi[d] - r.rootLo[d]);
        change = r.hasBreak(d, box.lo[d], box.hi[d]) ? Double.MAX_VALUE : LARGEST_RANGE * share;
      } else if (!(change < Double.MAX_VALUE)) {
        change = Double.MAX_VALUE;
      }
      if (canHalve(box, d) && change > greatest) {
        greatest = change;
        box.split = d;
      }
    }
  }

  private static boolean canHalve(Box box, int d) {
    double middle = 0.5 * box.lo[d] + 0.5 * box.hi[d];
    return middle > box.lo[d] && middle < box.hi[d];
  }

  @Override
  public void split(Box box, List<Box> parts) {
    int d = box.split;
    if (r.discrete[d]) {
      for (int s = (int) box.lo[d]; s <= (int) box.hi[d]; s++) {
        if (r.allowed[d][s]) {
          Box part = box.copy();
          part.lo[d] = part.hi[d] = s;
          parts.add(part);
        }
      }
      return;
    }
    double middle = r.cut(d, box.lo[d], box.hi[d]);
    Box below = box.copy();
    below.hi[d] = r.whole[d] ? Math.floor(middle) : middle;
    parts.add(below);
    Box above = box.copy();
    above.lo[d] = r.whole[d] ? below.hi[d] + 1 : middle;
    parts.add(above);
  }

  private void offerCentre(Box box, Incumbent incumbent) {
    for (int d = 0; d < n; d++) {
      best[d] = r.discrete[d] ? box.lo[d] : pass.centre(d);
    }
    incumbent.offer(best, pass.midLo[r.root()]);
  }

  /** Follows the greatest upper bounds down to one assignment and offers it. */
  private void trace(Incumbent incumbent, Box box) {
    for (int d = 0; d < n; d++) {
      best[d] = r.discrete[d] ? box.lo[d] : pass.centre(d);
    }
    Traceback.greatest(r, pass.hi, box.lo, box.hi, best);
    offer(best, incumbent);
  }

  /** Evaluates a point and offers it; leaves the pass at that point. */
  public void offer(double[] point, Incumbent incumbent) {
    for (int d = 0; d < n; d++) {
      if (r.discrete[d] && !r.allowed[d][(int) point[d]]) {
        return;
      }
    }
    pass.run(point, point, 0);
    incumbent.offer(point, pass.midLo[r.root()]);
  }

  /** The bound of step 2; the pass has just run over the box with second derivatives. */
  private double majorant(Box box, int count, Incumbent incumbent, double enough) {
    int root = r.root();
    int[] scope = pass.scope[root];
    int h = pass.hessianStart[root];
    for (int i = 0; i < count; i++) {
      int row = Arrays.binarySearch(scope, dims[i]);
      boxRadius[dims[i]] = pass.radius(dims[i]);
      boxCentre[dims[i]] = pass.centre(dims[i]);
      for (int j = 0; j <= i; j++) {
        int column = Arrays.binarySearch(scope, dims[j]);
        int at = h + row * (row + 1) / 2 + column;
        double lo = pass.hessianLo[at];
        double hi = pass.hessianHi[at];
        if (!(hi - lo < Double.MAX_VALUE)) {
          return NOT_PROVEN;
        }
        double middle = 0.5 * (lo + hi);
        double half = Math.max(hi - middle, middle - lo) * (1 + 0x1p-50);
        curvature[i * n + j] = curvature[j * n + i] = middle;
        spread[i * n + j] = spread[j * n + i] = half;
      }
    }
    double slack = chooseAlpha(count);
    for (int d = 0; d < n; d++) {
      tangent[d] = r.discrete[d] ? box.lo[d] : pass.centre(d);
    }
    for (int i = 0; i < count; i++) {
      curvature[i * n + i] -= alpha[i];
    }
    double upper = NOT_PROVEN;
    double widest = slack == 0 ? 1e-13 : 0.05 * slack + 1e-13;
    for (int round = 0; round < NEWTON_STEPS; round++) {
      double atPoint = tangentPlane(box, count);
      boolean improved = atPoint < upper;
      incumbent.offer(tangent, pass.midLo[root]);
      upper = Math.min(upper, atPoint);
      if (upper <= enough || atPoint - tangentValue < widest || (!improved && round > 3)) {
        break;
      }
      newtonStep(box, count);
    }
    return Double.isNaN(upper) ? NOT_PROVEN : upper;
  }

  /** Upper bound of U over the box by its tangent at the point; sets tangentValue and slope. */
  private double tangentPlane(Box box, int count) {
    int root = r.root();
    pass.run(tangent, tangent, 1);
    double value = pass.midHi[root];
    double magnitude = Math.abs(value);
    for (int i = 0; i < count; i++) {
      int d = dims[i];
      double off = tangent[d] - boxCentre[d];
      double lift = 0.5 * alpha[i] * (boxRadius[d] * boxRadius[d] - off * off);
      value += lift;
      magnitude += alpha[i] * boxRadius[d] * boxRadius[d];
    }
    tangentValue = value;
    double rise = 0;
    int g = pass.gradientStart[root];
    int[] scope = pass.scope[root];
    for (int i = 0; i < count; i++) {
      int d = dims[i];
      int at = g + Arrays.binarySearch(scope, d);
      double pull = alpha[i] * (tangent[d] - boxCentre[d]);
      double lo = pass.gradientLo[at] - pull;
      double hi = pass.gradientHi[at] - pull;
      slope[i] = 0.5 * (lo + hi);
      rise +=
          Math.max(
              rise(hi, bend[i], box.hi[d] - tangent[d]),
              rise(-lo, bend[i], tangent[d] - box.lo[d]));
      magnitude += 2 * (Math.abs(pull) + Math.abs(lo) + Math.abs(hi)) * boxRadius[d];
    }
    return value + rise + (count + 8) * 0x1p-51 * magnitude;
  }

  /** An upper bound of the greatest slope y - bend y^2 / 2 for 0 <= y <= length. */
  private static double rise(double slope, double bend, double length) {
    if (slope <= 0) {
      return 0;
    }
    double y = slope / bend;
    return y < length ? 0.5 * slope * y * (1 + 0x1p-40) : slope * length;
  }

  /** Moves the tangent point to the maximum over the box of the quadratic model of U. */
  private void newtonStep(Box box, int count) {
    Arrays.fill(step, 0, count, 0);
    for (int sweep = 0; sweep < 60; sweep++) {
      double moved = 0;
      for (int i = 0; i < count; i++) {
        int d = dims[i];
        double pull = slope[i];
        for (int j = 0; j < count; j++) {
          pull += j == i ? 0 : curvature[i * n + j] * step[j];
        }
        double diagonal = curvature[i * n + i];
        double target =
            diagonal < 0 ? -pull / diagonal : pull > 0 ? Double.MAX_VALUE : -Double.MAX_VALUE;
        target = Math.min(Math.max(target, box.lo[d] - tangent[d]), box.hi[d] - tangent[d]);
        moved = Math.max(moved, Math.abs(target - step[i]) / boxRadius[d]);
        step[i] = target;
      }
      if (moved < 1e-15) {
        break;
      }
    }
    for (int i = 0; i < count; i++) {
      int d = dims[i];
      tangent[d] = Math.min(Math.max(tangent[d] + step[i], box.lo[d]), box.hi[d]);
    }
  }

  /**
   * Chooses alpha so that every matrix with midpoint and spread as given, minus alpha, is negative
   * semidefinite; returns 1/2 SUM alpha radius^2. In coordinates scaled by the radii, a symmetric
   * perturbation bounded entrywise by S is bounded as a quadratic form by the diagonal of the row
   * sums of S.
   */
  private double chooseAlpha(int count) {
    double byRows = 0;
    double greatest = 0;
    double size = 0;
    for (int i = 0; i < count; i++) {
      double ri = boxRadius[dims[i]];
      double rowSpread = 0;
      double offDiagonal = 0;
      for (int j = 0; j < count; j++) {
        double scaled = ri * boxRadius[dims[j]];
        rowSpread += spread[i * n + j] * scaled;
        if (i != j) {
          offDiagonal += Math.abs(curvature[i * n + j]) * scaled;
          factor[i * n + j] = -curvature[i * n + j] * scaled;
        }
      }
      double diagonal = curvature[i * n + i] * ri * ri + rowSpread * (1 + 0x1p-40);
      factor[i * n + i] = -diagonal;
      size = Math.max(size, Math.abs(diagonal) + offDiagonal);
      step[i] = Math.max(0, diagonal + offDiagonal);
      byRows += step[i];
      greatest = Math.max(greatest, step[i]);
    }
    // above the rounding of the scaled entries and of the factorisation, for up to 40 dimensions
    double margin = 1e-11 * size;
    Arrays.fill(bend, 0, count, 0);
    if (positiveDefinite(count, 0, -margin)) {
      Arrays.fill(alpha, 0, count, 0);
      for (double part = 0.9; part > 0.001; part *= 0.5) {
        if (positiveDefinite(count, part, -margin)) {
          for (int i = 0; i < count; i++) {
            double ri = boxRadius[dims[i]];
            bend[i] = part * factor[i * n + i] / ri / ri;
          }
          break;
        }
      }
      return 0;
    }
    double lo = 0;
    double hi = greatest + margin;
    for (int round = 0; round < 10; round++) {
      double middle = 0.5 * (lo + hi);
      if (positiveDefinite(count, 0, middle - margin)) {
        hi = middle;
      } else {
        lo = middle;
      }
    }
    double uniform = hi + margin;
    double slack = 0;
    for (int i = 0; i < count; i++) {
      double ri = boxRadius[dims[i]];
      double scaled = byRows + count * margin < count * uniform ? step[i] + margin : uniform;
      alpha[i] = scaled / ri / ri;
      slack += 0.5 * scaled;
    }
    return slack;
  }

  /**
   * Whether the matrix in factor, less a part of its diagonal, plus shift times the identity, has a
   * Cholesky factor.
   */
  private boolean positiveDefinite(int count, double part, double shift) {
    for (int i = 0; i < count; i++) {
      for (int j = 0; j <= i; j++) {
        // the strict upper triangle keeps the matrix, the lower one and slope take the factor
        double sum = i == j ? factor[i * n + i] * (1 - part) + shift : factor[j * n + i];
        for (int k = 0; k < j; k++) {
          sum -= factor[i * n + k] * factor[j * n + k];
        }
        if (i == j) {
          if (!(sum > 0)) {
            return false;
          }
          slope[i] = Math.sqrt(sum);
        } else {
          factor[i * n + j] = sum / slope[j];
        }
      }
    }
    return true;
  }
}
