package org.ugmm.engine.deep.integral;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Variable.Prior;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.deep.NetworkBounds;

/**
 * Tells where the Gaussians of a {@link ConditionedNetwork} are too narrow for a quadrature rule
 * that spans a box: a rule that steps over a ridge does not know of it. Not thread-safe.
 */
final class RidgeFinder {
  /*
   * A leaf Gaussian reads a variable, a link reads a unit. Intervals say whether that comes within
   * REACH scales of the mean over a box, and bounds on slopes how far it would move if it were as
   * steep everywhere as it can be somewhere. Its range would not do: a unit may be flat but for a
   * short flank, with the ridge of a link of the next layer on it. A Gaussian farther away than REACH
   * is felt by its tail alone, which is steep where it matters: in the log of an output.
   */
  private static final double REACH = 7;

  /** How much the log of an output may move over a box. */
  private static final double MOST_LOG = 256;

  private final ConditionedNetwork r;
  private final @Nullable Prior[] prior;

  /** How many scales the argument of a Gaussian may move over a box. */
  private final double most;

  /** Those of the box looked at last. */
  final NetworkBounds bounds;

  /** [numUnits][numFree] how far the log of a unit moves at most with each real over a box. */
  private final double[][] move;

  /** [numFree] the same of the log of all priors. */
  private final double[] priorMove;

  /**
   * Prepares a network.
   *
   * @param prior [numFree] the priors of reals that have one
   * @param most how many scales of a Gaussian the rule spans without overlooking it
   */
  RidgeFinder(ConditionedNetwork r, @Nullable Prior[] prior, double most) {
    this.r = r;
    this.prior = prior;
    this.most = most;
    bounds = new NetworkBounds(r);
    move = new double[r.numUnits][r.numFree()];
    priorMove = new double[r.numFree()];
  }

  /**
   * The real variable along which a box is to be halved first, -1 where all is resolved.
   *
   * @param lo [numFree] lower ends; the state where categorical
   * @param hi upper ends
   */
  int unresolved(double[] lo, double[] hi) {
    bounds.evaluate(lo, hi);
    for (int i = 0; i < lo.length; i++) {
      Prior p = prior[i];
      if (p != null) {
        double width = (hi[i] - lo[i]) / p.scale();
        double nearest = distance(lo[i], hi[i], p.mean()) / p.scale();
        if (nearest < REACH && width > most && canHalve(lo, hi, i)) {
          return i;
        }
        priorMove[i] = (nearest + width) * width;
      }
    }
    for (int u = 0; u < r.numUnits; u++) {
      Arrays.fill(move[u], 0);
      for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
        int split = unresolved(t, lo, hi);
        if (split >= 0) {
          return split;
        }
        add(t, u, lo, hi);
      }
    }
    for (int output : r.outputs) {
      for (int i = 0; i < lo.length; i++) {
        move[output][i] += priorMove[i];
      }
      int split = steepest(move[output], MOST_LOG, lo, hi);
      if (split >= 0) {
        return split;
      }
    }
    return -1;
  }

  /** The same for the factors of one term, the units below being known. */
  private int unresolved(int t, double[] lo, double[] hi) {
    for (int f = r.factorStart[t]; f < r.factorStart[t + 1]; f++) {
      int ref = r.factorRef[f];
      double reach = REACH * r.scale[f];
      double limit = most * r.scale[f];
      int split = -1;
      if (r.factorKind[f] == ConditionedNetwork.GAUSSIAN) {
        boolean isPassed =
            hi[ref] - lo[ref] > limit && distance(lo[ref], hi[ref], r.mean[f]) < reach;
        split = isPassed && canHalve(lo, hi, ref) ? ref : -1;
      } else if (r.factorKind[f] == ConditionedNetwork.LINK
          && distance(bounds.lo[ref], bounds.hi[ref], r.mean[f]) < reach) {
        split = steepest(move[ref], limit, lo, hi);
      }
      if (split >= 0) {
        return split;
      }
    }
    return -1;
  }

  /** The real that moves something most, -1 where all together move it less than a limit. */
  private static int steepest(double[] moves, double limit, double[] lo, double[] hi) {
    double sum = 0;
    int split = -1;
    for (int i = 0; i < moves.length; i++) {
      sum += moves[i];
      if (moves[i] > (split < 0 ? 0 : moves[split]) && canHalve(lo, hi, i)) {
        split = i;
      }
    }
    return sum > limit ? split : -1;
  }

  /** Adds how far a term moves the log of its unit. */
  private void add(int t, int u, double[] lo, double[] hi) {
    double top = bounds.termHi[t];
    if (top == 0) {
      return;
    }
    double rest = Math.max(0, bounds.sumLo[u] - bounds.termLo[t]);
    boolean isAlone = r.factorStart[t + 1] - r.factorStart[t] == 1;
    for (int f = r.factorStart[t]; f < r.factorStart[t + 1]; f++) {
      int ref = r.factorRef[f];
      switch (r.factorKind[f]) {
        case ConditionedNetwork.GAUSSIAN -> {
          double slope = slope(f, lo[ref], hi[ref], top, rest, isAlone);
          move[u][ref] += slope * (hi[ref] - lo[ref]);
        }
        case ConditionedNetwork.LINK ->
            addMultiple(u, ref, slope(f, bounds.lo[ref], bounds.hi[ref], top, rest, isAlone));
        case ConditionedNetwork.UNIT -> addMultiple(u, ref, top / (top + rest));
        default -> {}
      }
    }
  }

  private void addMultiple(int u, int below, double slope) {
    for (int i = 0; i < move[u].length; i++) {
      if (move[below][i] > 0) {
        move[u][i] += slope * move[below][i];
      }
    }
  }

  /**
   * The greatest slope of the log of a unit that comes from one Gaussian, by its argument: the
   * distance from the mean in scales times the share of its term, over the scale.
   *
   * @param top the greatest value of its term
   * @param rest the least value of the others
   * @param isAlone whether it is the only factor of its term
   */
  private double slope(int f, double from, double to, double top, double rest, boolean isAlone) {
    double mean = r.mean[f];
    double inverse = r.inverse[f];
    double slope = Math.max(to - mean, mean - from) * inverse * top / (top + rest);
    if (isAlone && rest > 0) {
      // Beyond where the term is as small as the rest its share falls faster than the slope grows.
      double nearest = distance(from, to, mean) * inverse;
      double ratio = top / rest;
      double steepest =
          ratio > 1
              ? Math.max(1, Math.sqrt(nearest * nearest + 2 * Math.log(ratio)))
              : ratio * Math.max(1, nearest);
      slope = Math.min(slope, steepest);
    }
    return slope * inverse;
  }

  /** How far an interval is from a point; 0 where it holds it. */
  private static double distance(double lo, double hi, double point) {
    return Math.max(0, Math.max(lo - point, point - hi));
  }

  private static boolean canHalve(double[] lo, double[] hi, int i) {
    double middle = lo[i] + 0.5 * (hi[i] - lo[i]);
    return middle > lo[i] && middle < hi[i];
  }
}
