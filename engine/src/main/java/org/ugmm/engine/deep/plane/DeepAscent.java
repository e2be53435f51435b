package org.ugmm.engine.deep.plane;

import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.deep.NetworkPoint;

/**
 * Climbs from a point to a local maximum of an output of a {@link ConditionedNetwork} inside its
 * box, by damped Newton steps (Levenberg, Marquardt) on the coordinates that are not held at an end
 * of the box. The categorical coordinates stay. It proves nothing. Not thread-safe.
 */
public final class DeepAscent {
  private static final int MAX_STEPS = 200;

  private final ConditionedNetwork r;
  private final double enough;
  private final NetworkPoint point;
  private final int[] real;
  private final double[] x;
  private final double[] trial;
  private final double[] gradient;
  private final double[][] hessian;
  private final double[] step;
  private final int[] open;

  public DeepAscent(ConditionedNetwork r, double enough) {
    this.r = r;
    this.enough = enough;
    point = new NetworkPoint(r);
    real = new int[r.numReal()];
    int numReal = 0;
    for (int i = 0; i < r.numFree(); i++) {
      if (!r.discrete[i]) {
        real[numReal++] = i;
      }
    }
    x = new double[r.numFree()];
    trial = new double[r.numFree()];
    gradient = new double[r.numFree()];
    hessian = new double[numReal][numReal];
    step = new double[numReal];
    open = new int[numReal];
  }

  /** The natural log of output 0 at a point, in ordinary rounding. */
  double value(double[] at) {
    return point.evaluate(at);
  }

  /**
   * Climbs from a point.
   *
   * @param at [numFree] (Input, output) the start, then the point reached
   * @return the natural log there
   */
  public double climb(double[] at) {
    System.arraycopy(at, 0, x, 0, x.length);
    double value = point.evaluate(x);
    double damping = 1e-3;
    int idle = 0;
    for (int iteration = 0; iteration < MAX_STEPS && idle < 3; iteration++) {
      if (!(value > Double.NEGATIVE_INFINITY)) {
        break;
      }
      point.evaluate(x);
      point.gradient(0);
      System.arraycopy(point.gradient, 0, gradient, 0, gradient.length);
      int numOpen = findOpen();
      if (numOpen == 0) {
        break;
      }
      fillHessian(numOpen);
      boolean moved = false;
      for (int attempt = 0; attempt < 12 && !moved; attempt++) {
        if (!solve(numOpen, damping)) {
          damping *= 10;
          continue;
        }
        System.arraycopy(x, 0, trial, 0, x.length);
        for (int j = 0; j < numOpen; j++) {
          int i = open[j];
          trial[i] = Math.min(r.hi[i], Math.max(r.lo[i], x[i] + step[j]));
        }
        double trialValue = point.evaluate(trial);
        if (trialValue > value) {
          idle = trialValue - value < enough + 1e-13 * Math.abs(value) ? idle + 1 : 0;
          value = trialValue;
          System.arraycopy(trial, 0, x, 0, x.length);
          damping = Math.max(1e-14, damping * 0.2);
          moved = true;
        } else {
          damping = Math.min(1e12, damping * 8);
        }
      }
      if (!moved) {
        break;
      }
    }
    System.arraycopy(x, 0, at, 0, x.length);
    return value;
  }

  private int findOpen() {
    int numOpen = 0;
    for (int i : real) {
      boolean held = (x[i] <= r.lo[i] && gradient[i] <= 0) || (x[i] >= r.hi[i] && gradient[i] >= 0);
      if (!held) {
        open[numOpen++] = i;
      }
    }
    return numOpen;
  }

  /** Second derivatives by central differences of the gradient. */
  private void fillHessian(int numOpen) {
    System.arraycopy(x, 0, trial, 0, x.length);
    for (int j = 0; j < numOpen; j++) {
      int i = open[j];
      double h = 1e-6 * Math.max(1e-3, Math.min(r.hi[i] - r.lo[i], 1));
      trial[i] = x[i] + h;
      point.evaluate(trial);
      point.gradient(0);
      for (int k = 0; k < numOpen; k++) {
        hessian[k][j] = point.gradient[open[k]];
      }
      trial[i] = x[i] - h;
      point.evaluate(trial);
      point.gradient(0);
      for (int k = 0; k < numOpen; k++) {
        hessian[k][j] = (hessian[k][j] - point.gradient[open[k]]) / (2 * h);
      }
      trial[i] = x[i];
    }
  }

  /** Solves (D - H) step = gradient by Cholesky, D the damping; false if not positive definite. */
  private boolean solve(int n, double damping) {
    double[][] l = new double[n][n];
    double largest = 0;
    for (int j = 0; j < n; j++) {
      largest = Math.max(largest, Math.abs(hessian[j][j]));
    }
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = -0.5 * (hessian[i][j] + hessian[j][i]);
        if (i == j) {
          sum += damping * (Math.abs(hessian[i][i]) + 1e-9 * largest);
        }
        for (int k = 0; k < j; k++) {
          sum -= l[i][k] * l[j][k];
        }
        if (i == j) {
          if (!(sum > 0)) {
            return false;
          }
          l[i][i] = Math.sqrt(sum);
        } else {
          l[i][j] = sum / l[j][j];
        }
      }
    }
    for (int i = 0; i < n; i++) {
      double sum = gradient[open[i]];
      for (int k = 0; k < i; k++) {
        sum -= l[i][k] * step[k];
      }
      step[i] = sum / l[i][i];
    }
    for (int i = n - 1; i >= 0; i--) {
      double sum = step[i];
      for (int k = i + 1; k < n; k++) {
        sum -= l[k][i] * step[k];
      }
      step[i] = sum / l[i][i];
      if (!Double.isFinite(step[i])) {
        return false;
      }
    }
    return true;
  }
}
