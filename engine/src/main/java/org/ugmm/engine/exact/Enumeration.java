package org.ugmm.engine.exact;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Names;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;

/**
 * Runs through the joint states of some categorical variables, evaluating the circuit at each. With
 * no variable there is one joint state, the evidence itself.
 */
public final class Enumeration {
  /** The largest number of joint states that a query enumerates. */
  public static final int MAX_JOINT_STATES = 1 << 20;

  /*
   * An odometer. The variables with the fewest nodes above their leaves turn fastest, and a turn
   * evaluates only the nodes above the leaves of the variables that changed.
   */
  private final LogEvaluator evaluator;
  private FlatEvidence original;
  private FlatEvidence current;
  private final int[] variables;

  /** [variables] the states of each variable that have a positive likelihood. */
  private final int[][] states;

  /** [variables] index into states. */
  private final int[] position;

  /** [variables] nodes above the leaves of this and all faster variables, ascending. */
  private final int[][] affected;

  /**
   * Whether a real value lies outside its domain, where the density is zero: the leaves of the
   * variable are, but a sum that is not smooth has children without it.
   */
  private boolean isOutside;

  private boolean started;
  private double logValue;
  private double logWeight;
  private double errorUnits;

  /**
   * Prepares the first joint state.
   *
   * @param limit largest product of the numbers of states; see {@link #whyNot}
   */
  public Enumeration(LogEvaluator evaluator, FlatEvidence evidence, int[] variables, long limit) {
    this.evaluator = evaluator;
    original = evidence;
    FlatCircuit c = evaluator.circuit();
    int count = variables.length;
    isOutside = evidence.isPointOutside();
    current = count == 0 ? evidence : evidence.copy();
    position = new int[count];
    states = new int[count][];
    affected = new int[count][];
    boolean[][] above = new boolean[count][];
    Integer[] order = new Integer[count];
    int[] size = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = i;
      above[i] = above(c, evaluator.top(), variables[i]);
      for (boolean b : above[i]) {
        size[i] += b ? 1 : 0;
      }
    }
    Arrays.sort(order, (i, j) -> Integer.compare(size[j], size[i]));
    this.variables = new int[count];
    for (int i = 0; i < count; i++) {
      this.variables[i] = variables[order[i]];
      states[i] = possibleStates(c, original, this.variables[i]);
    }
    if (whyNot(c, evidence, variables, limit) != null) {
      throw new AssertionError("more than " + limit + " joint states");
    }
    boolean[] union = new boolean[count == 0 ? 0 : c.numNodes()];
    for (int i = count - 1; i >= 0; i--) {
      boolean[] own = above[order[i]];
      int nodes = 0;
      for (int n = 0; n < union.length; n++) {
        union[n] |= own[n];
        nodes += union[n] ? 1 : 0;
      }
      affected[i] = new int[nodes];
      int k = 0;
      for (int n = 0; n < union.length; n++) {
        if (union[n]) {
          affected[i][k++] = n;
        }
      }
    }
  }

  /** Nodes up to the top at or above the leaves of a variable. */
  private static boolean[] above(FlatCircuit c, int top, int variable) {
    boolean[] above = new boolean[c.numNodes()];
    for (int n = 0; n <= top; n++) {
      above[n] = c.variable[n] == variable;
      for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1]; e++) {
        above[n] |= above[c.child[e]];
      }
    }
    return above;
  }

  /** Why categorical variables are too many to run through; null where they are not. */
  public static @Nullable Why whyNot(FlatCircuit c, FlatEvidence e, int[] variables, long limit) {
    long product = 1;
    for (int v : variables) {
      product = Math.min(Long.MAX_VALUE >> 32, product * possibleStates(c, e, v).length);
    }
    if (product <= limit) {
      return null;
    }
    String[] names =
        Arrays.stream(variables).mapToObj(v -> c.variables.get(v).name()).toArray(String[]::new);
    return Why.of(
        Why.Reason.TOO_MANY_STATES,
        "%d unobserved categorical variables (%s) have more than %d joint states, too many to sum over"
            .formatted(
                names.length,
                Names.list(Arrays.stream(names).map(name -> "'" + name + "'").toList()),
                limit),
        names);
  }

  private static int[] possibleStates(FlatCircuit c, FlatEvidence e, int variable) {
    int numStates = ((Categorical) c.variables.get(variable)).numStates();
    int[] possible = new int[numStates];
    int count = 0;
    for (int s = 0; s < numStates; s++) {
      if (logLikelihood(e, variable, s) > Double.NEGATIVE_INFINITY) {
        possible[count++] = s;
      }
    }
    return Arrays.copyOf(possible, count);
  }

  private static double logLikelihood(FlatEvidence e, int variable, int state) {
    return e.form[variable] == FlatEvidence.LIKELIHOOD ? e.logLikelihood[variable][state] : 0;
  }

  /**
   * Moves to the next joint state and evaluates it; false after the last, at once where the
   * evidence is impossible because a value lies outside its domain.
   */
  public boolean next() {
    if (isOutside) {
      return false;
    }
    int turned = 0;
    if (started) {
      turned = variables.length - 1;
      while (turned >= 0 && position[turned] == states[turned].length - 1) {
        position[turned--] = 0;
      }
      if (turned < 0) {
        return false;
      }
      position[turned]++;
    }
    for (int i = turned; i < variables.length; i++) {
      current.observe(variables[i], states[i][position[i]]);
    }
    logValue = started ? evaluator.upward(affected[turned], current) : evaluator.upward(current);
    started = true;
    weigh();
    return true;
  }

  private void weigh() {
    logWeight = 0;
    errorUnits = evaluator.error[evaluator.top()];
    for (int i = 0; i < variables.length; i++) {
      double log = logLikelihood(original, variables[i], states[i][position[i]]);
      logWeight += log;
      errorUnits += 2 * Math.abs(log) + Math.abs(logWeight);
    }
    errorUnits += variables.length == 0 ? 0 : Math.abs(logValue + logWeight);
  }

  /**
   * Goes to before the one state of other evidence; only where no variable is run through.
   *
   * @return this
   */
  public Enumeration of(FlatEvidence evidence) {
    assert variables.length == 0 : variables.length + " variables";
    original = evidence;
    current = evidence;
    isOutside = evidence.isPointOutside();
    started = false;
    return this;
  }

  /** The evidence that was given; not modified. */
  FlatEvidence original() {
    return original;
  }

  /** Goes back to before the first joint state. */
  void restart() {
    started = false;
    Arrays.fill(position, 0);
  }

  /** The variables that are run through; a copy. */
  int[] variables() {
    return variables.clone();
  }

  /** Number of variables. */
  int numVariables() {
    return variables.length;
  }

  /** The i-th variable, slowest first. */
  int variable(int i) {
    return variables[i];
  }

  /** The state of the i-th variable. */
  int state(int i) {
    return states[i][position[i]];
  }

  /**
   * The original evidence with the enumerated variables at their states; changes with the state.
   */
  FlatEvidence evidence() {
    return current;
  }

  /** Natural log of the circuit's value at the joint state times the likelihood of the state. */
  public double logTerm() {
    return logValue + logWeight;
  }

  /** Bound on the absolute error of {@link #logTerm}, in units of 2^-53. */
  public double errorUnits() {
    boolean isZero = logTerm() == Double.NEGATIVE_INFINITY && evaluator.isZero();
    return isZero ? 0 : errorUnits;
  }
}
