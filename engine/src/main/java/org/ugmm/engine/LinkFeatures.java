package org.ugmm.engine;

import java.util.Arrays;

/**
 * Tells where the Gaussians of a {@link LinkResidual} are too narrow for a quadrature rule that
 * spans a box: a rule that steps over a ridge does not know of it. Not thread-safe.
 */
final class LinkFeatures {
  /*
   * A leaf Gaussian reads a variable, whose range over a box is known. A Gaussian link reads a unit;
   * where that is a sum over single variables, the first layer, its range is the sum of the ranges of
   * its terms. A Gaussian is passed through unresolved where the range of what it reads comes within
   * REACH scales of its mean and is wider than some multiple of its scale. Links on deeper units are
   * left to the error estimate.
   */
  private static final double REACH = 4;

  private final LinkResidual r;

  /** How many scales the range of a Gaussian's argument may span. */
  private final double most;

  /** Factors: leaf Gaussians, and links on units of the first layer. */
  private final int[] leaf;

  private final int[] link;

  /** [numUnits] range of a unit of the first layer over the box looked at last. */
  private final double[] unitLo;

  private final double[] unitHi;

  /** [numUnits] the variable that moves it most. */
  private final int[] mover;

  private final boolean[] isFirst;
  private final double[] move;
  private double termLo;
  private double termHi;

  /**
   * Prepares a residual.
   *
   * @param most how many scales of a Gaussian the rule resolves
   */
  LinkFeatures(LinkResidual r, double most) {
    this.r = r;
    this.most = most;
    unitLo = new double[r.numUnits];
    unitHi = new double[r.numUnits];
    mover = new int[r.numUnits];
    move = new double[r.numFree()];
    isFirst = new boolean[r.numUnits];
    for (int u = 0; u < r.numUnits; u++) {
      isFirst[u] = isFirst(u);
    }
    int[] all = new int[r.mean.length];
    Arrays.setAll(all, f -> f);
    leaf = Arrays.stream(all).filter(f -> r.factorKind[f] == LinkResidual.GAUSSIAN).toArray();
    link =
        Arrays.stream(all)
            .filter(f -> r.factorKind[f] == LinkResidual.LINK && isFirst[r.factorRef[f]])
            .toArray();
  }

  private boolean isFirst(int u) {
    for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
      int f = r.factorStart[t];
      if (r.factorStart[t + 1] - f != 1 || r.factorKind[f] > LinkResidual.TABLE) {
        return false;
      }
    }
    return true;
  }

  /**
   * The real variable along which a box is to be halved first, -1 where all is resolved.
   *
   * @param lo [numFree] lower ends; the state where categorical
   * @param hi upper ends
   */
  int unresolved(double[] lo, double[] hi) {
    for (int f : leaf) {
      int i = r.factorRef[f];
      if (isPassed(f, lo[i], hi[i]) && canHalve(lo, hi, i)) {
        return i;
      }
    }
    for (int u = 0; u < r.numUnits; u++) {
      if (isFirst[u]) {
        range(u, lo, hi);
      }
    }
    for (int f : link) {
      int u = r.factorRef[f];
      if (mover[u] >= 0 && isPassed(f, unitLo[u], unitHi[u]) && canHalve(lo, hi, mover[u])) {
        return mover[u];
      }
    }
    return -1;
  }

  private boolean isPassed(int f, double lo, double hi) {
    double reach = REACH * r.scale[f];
    return hi - lo > most * r.scale[f] && lo < r.mean[f] + reach && hi > r.mean[f] - reach;
  }

  private boolean canHalve(double[] lo, double[] hi, int i) {
    return hi[i] - lo[i] > 1e-9 * (r.hi[i] - r.lo[i]);
  }

  private void range(int u, double[] lo, double[] hi) {
    Arrays.fill(move, 0);
    double sumLo = Math.exp(r.constantHi[u]);
    double sumHi = sumLo;
    for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
      term(t, lo, hi);
      sumLo += termLo;
      sumHi += termHi;
      move[r.factorRef[r.factorStart[t]]] += termHi - termLo;
    }
    unitLo[u] = Math.log(sumLo);
    unitHi[u] = Math.log(sumHi);
    mover[u] = -1;
    for (int i = 0; i < move.length; i++) {
      if (move[i] > 0 && (mover[u] < 0 || move[i] > move[mover[u]])) {
        mover[u] = i;
      }
    }
  }

  private void term(int t, double[] lo, double[] hi) {
    int f = r.factorStart[t];
    int i = r.factorRef[f];
    double log = r.coefficientHi[t];
    if (r.factorKind[f] == LinkResidual.TABLE) {
      termLo = termHi = Math.exp(log + r.table[f][(int) lo[i]]);
      return;
    }
    double a = (lo[i] - r.mean[f]) * r.inverse[f];
    double b = (hi[i] - r.mean[f]) * r.inverse[f];
    double near = a > 0 ? a : Math.min(b, 0);
    double far = Math.max(-a, b);
    termLo = Math.exp(log - 0.5 * far * far);
    termHi = Math.exp(log - 0.5 * near * near);
  }
}
