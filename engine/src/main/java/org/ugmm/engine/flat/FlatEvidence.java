package org.ugmm.engine.flat;

import java.util.Arrays;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.leaf.GaussianGiven;
import org.ugmm.engine.leaf.MultivariateGaussian;
import org.ugmm.engine.leaf.UnivariateLeaf;
import org.ugmm.engine.number.LogValue;

/**
 * What is known of each variable of a circuit, as arrays. Nothing is checked here: values are
 * finite or state indices. A new object knows nothing. Not thread-safe.
 */
public final class FlatEvidence {
  public static final byte UNOBSERVED = 0;
  public static final byte POINT = 1;
  public static final byte INTERVAL = 2;
  public static final byte LIKELIHOOD = 3;

  private static final double[] NONE = {};

  public final FlatCircuit circuit;

  /** [numVariables] one of the constants above. */
  public final byte[] form;

  /** [numVariables] the value or state index of a point, the lower end of an interval. */
  public final double[] a;

  /** [numVariables] the upper end of an interval. */
  public final double[] b;

  /**
   * [numVariables] [states] natural logs of the likelihood of each state; empty where the form is
   * another.
   */
  public final double[][] logLikelihood;

  /** Evidence that knows nothing. */
  public FlatEvidence(FlatCircuit circuit) {
    this.circuit = circuit;
    int numVariables = circuit.numVariables();
    form = new byte[numVariables];
    a = new double[numVariables];
    b = new double[numVariables];
    logLikelihood = new double[numVariables][];
    Arrays.fill(logLikelihood, NONE);
  }

  /** A copy that changes on its own. */
  public FlatEvidence copy() {
    FlatEvidence copy = new FlatEvidence(circuit);
    System.arraycopy(form, 0, copy.form, 0, form.length);
    System.arraycopy(a, 0, copy.a, 0, a.length);
    System.arraycopy(b, 0, copy.b, 0, b.length);
    System.arraycopy(logLikelihood, 0, copy.logLikelihood, 0, logLikelihood.length);
    return copy;
  }

  /** Whether nothing is known of a variable. */
  public boolean isUnobserved(int variable) {
    return form[variable] == UNOBSERVED;
  }

  /** Whether a variable has a value. */
  public boolean isPoint(int variable) {
    return form[variable] == POINT;
  }

  /** The value or state index of a variable that has one. */
  public double point(int variable) {
    return a[variable];
  }

  /** Whether nothing is known of any variable. */
  public boolean knowsNothing() {
    for (byte of : form) {
      if (of != UNOBSERVED) {
        return false;
      }
    }
    return true;
  }

  /** Forgets what is known of a variable. */
  public FlatEvidence unobserve(int variable) {
    form[variable] = UNOBSERVED;
    logLikelihood[variable] = NONE;
    return this;
  }

  /** Knows of a variable what other evidence of the circuit knows. */
  public FlatEvidence take(int variable, FlatEvidence other) {
    form[variable] = other.form[variable];
    a[variable] = other.a[variable];
    b[variable] = other.b[variable];
    logLikelihood[variable] = other.logLikelihood[variable];
    return this;
  }

  /** Takes a row: values and state indices, NaN for unobserved. */
  public FlatEvidence row(double[] rows, int offset) {
    for (int v = 0; v < form.length; v++) {
      double value = rows[offset + v];
      if (Double.isNaN(value)) {
        unobserve(v);
      } else {
        observe(v, value);
      }
    }
    return this;
  }

  /** Observes a value or a state index. */
  public FlatEvidence observe(int variable, double value) {
    form[variable] = POINT;
    a[variable] = value;
    return this;
  }

  /** Knows that a real variable lies in {@code [lo, hi]}; an end may be infinite. */
  public FlatEvidence interval(int variable, double lo, double hi) {
    form[variable] = INTERVAL;
    a[variable] = lo;
    b[variable] = hi;
    return this;
  }

  /** Soft evidence on a categorical variable: natural logs of the likelihood of each state. */
  public FlatEvidence likelihood(int variable, double[] logs) {
    form[variable] = LIKELIHOOD;
    logLikelihood[variable] = logs;
    return this;
  }

  /** Whether a value lies outside the domain of its variable, where the base measure is zero. */
  public boolean isPointOutside() {
    for (int v = 0; v < form.length; v++) {
      if (form[v] == POINT
          && circuit.variables.get(v) instanceof Real real
          && !real.contains(a[v])) {
        return true;
      }
    }
    return false;
  }

  /** The density or mass that a leaf has by what is known of its variable. */
  public LogValue logValue(UnivariateLeaf leaf, int variable) {
    return switch (form[variable]) {
      case POINT -> leaf.logDensity(a[variable]);
      case INTERVAL -> leaf.logMass(a[variable], b[variable]);
      default -> leaf.logMass(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    };
  }

  /**
   * What the evidence leaves of a Gaussian over several variables.
   *
   * @throws RefusedException if intervals are known of more than one of them
   */
  public GaussianGiven given(MultivariateGaussian block) {
    double[] value = new double[block.size()];
    int interval = -1;
    for (int i = 0; i < value.length; i++) {
      int v = block.variable(i);
      value[i] = form[v] == POINT ? a[v] : Double.NaN;
      if (isInterval(v)) {
        if (interval >= 0) {
          throw refusedIntervals(block.variable(interval), v);
        }
        interval = i;
      }
    }
    double lo = interval < 0 ? Double.NEGATIVE_INFINITY : a[block.variable(interval)];
    double hi = interval < 0 ? Double.POSITIVE_INFINITY : b[block.variable(interval)];
    return new GaussianGiven(block, value, interval, lo, hi);
  }

  /** Whether an interval is known of a variable that is not the whole line. */
  private boolean isInterval(int variable) {
    return form[variable] == INTERVAL
        && (a[variable] > Double.NEGATIVE_INFINITY || b[variable] < Double.POSITIVE_INFINITY);
  }

  private RefusedException refusedIntervals(int first, int second) {
    String one = circuit.variables.get(first).name();
    String other = circuit.variables.get(second).name();
    return new RefusedException(
        "",
        Why.of(
            Why.Reason.NO_CLOSED_FORM,
            "intervals are known of both '%s' and '%s', which are in one Gaussian over several variables: its mass on a box has no closed form"
                .formatted(one, other),
            one,
            other),
        "give an interval of one of them at most, and of the others values or nothing"
            + FlatCircuit.WITHOUT_BLOCKS);
  }

  /** Whether a value or a whole interval lies outside its domain: the density is zero. */
  public boolean isOutside() {
    for (int v = 0; v < form.length; v++) {
      if (circuit.variables.get(v) instanceof Real real
          && (form[v] == POINT && !real.contains(a[v])
              || form[v] == INTERVAL && !(real.least(a[v]) <= real.greatest(b[v])))) {
        return true;
      }
    }
    return false;
  }

  /** Whether a value lies outside its domain, or an interval holds at most a point of it. */
  public boolean isNowhere() {
    for (int v = 0; v < form.length; v++) {
      if (circuit.variables.get(v) instanceof Real real
          && (form[v] == POINT && !real.contains(a[v])
              || form[v] == INTERVAL && !hasMass(real, a[v], b[v]))) {
        return true;
      }
    }
    return false;
  }

  /** Whether the base measure of an interval is not zero. */
  private static boolean hasMass(Real real, double lo, double hi) {
    double from = real.least(lo);
    double to = real.greatest(hi);
    return real.isCount() ? from <= to : from < to;
  }
}
