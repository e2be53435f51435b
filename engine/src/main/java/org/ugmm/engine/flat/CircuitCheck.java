package org.ugmm.engine.flat;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.leaf.MultivariateGaussian;
import org.ugmm.engine.leaf.UnivariateLeaf;

/** Checks that the arrays of a circuit are what {@link FlatCircuit} says, in one pass. */
final class CircuitCheck {
  private CircuitCheck() {}

  static void check(FlatCircuit c) {
    int numNodes = c.kind.length;
    require(numNodes > 0, "a circuit has at least one node; found none");
    require(
        c.edgeStart.length == numNodes + 1
            && c.parameterStart.length == numNodes + 1
            && c.variable.length == numNodes,
        "the arrays of the circuit differ in length");
    require(
        c.root >= 0 && c.root < numNodes,
        "root %d; expected a node in 0 .. %d",
        c.root,
        numNodes - 1);
    checkStarts(c.edgeStart, c.child.length, "edgeStart");
    checkStarts(c.parameterStart, c.parameter.length, "parameterStart");
    int block = -1;
    int link = -1;
    for (int n = 0; n < numNodes; n++) {
      checkNode(c, n);
      block = c.kind(n) == NodeKind.GAUSSIAN_BLOCK ? n : block;
      link = c.kind(n) == NodeKind.GAUSSIAN_LINK ? n : link;
    }
    require(
        block < 0 || link < 0,
        "node %d is a Gaussian over several variables and node %d a Gaussian link; expected one"
            + " kind of them in a circuit",
        block,
        link);
  }

  private static void checkStarts(int[] start, int length, String what) {
    require(
        start[0] == 0 && start[start.length - 1] == length,
        "%s runs from %d to %d; expected 0 to %d",
        what,
        start[0],
        start[start.length - 1],
        length);
    for (int n = 1; n < start.length; n++) {
      if (start[n] < start[n - 1]) {
        throw new CircuitException(
            "%s falls from %d to %d at node %d; expected it never to fall"
                .formatted(what, start[n - 1], start[n], n - 1));
      }
    }
  }

  private static void checkNode(FlatCircuit c, int n) {
    byte code = c.kind[n];
    require(
        code >= 0 && code <= NodeKind.GAUSSIAN_BLOCK.ordinal(),
        "node %d: kind %d; expected 0 .. %d",
        n,
        code,
        NodeKind.GAUSSIAN_BLOCK.ordinal());
    NodeKind kind = NodeKind.of(code);
    int numChildren = c.numChildren(n);
    int numParameters = c.numParameters(n);
    for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1]; e++) {
      int child = c.child[e];
      if (child < 0 || child >= n) {
        throw new CircuitException(
            "node %d: child %d; expected an earlier node, 0 .. %d".formatted(n, child, n - 1));
      }
    }
    for (int p = c.parameterStart[n]; p < c.parameterStart[n + 1]; p++) {
      double value = c.parameter[p];
      boolean logOfZero =
          value == Double.NEGATIVE_INFINITY
              && (kind == NodeKind.CATEGORICAL || kind == NodeKind.CONSTANT);
      if (!Double.isFinite(value) && !logOfZero) {
        throw new CircuitException(
            "node %d (%s): parameter %s; expected a finite number".formatted(n, kind, value));
      }
    }
    if (kind.isLeaf() && kind != NodeKind.CONSTANT && kind != NodeKind.GAUSSIAN_BLOCK) {
      checkLeaf(c, n, kind, numParameters);
    } else {
      require(c.variable[n] == -1, "node %d (%s): has a variable; expected none", n, kind);
    }
    switch (kind) {
      case GAUSSIAN,
          BASE,
          CATEGORICAL,
          CONSTANT,
          HISTOGRAM,
          POISSON,
          UNIFORM,
          EXPONENTIAL,
          GAMMA,
          LOG_NORMAL,
          GAUSSIAN_BLOCK ->
          require(numChildren == 0, "node %d (%s): has children; expected none", n, kind);
      case WEIGHTED_SUM -> {
        require(numChildren > 0, "node %d: a sum has at least one child; found none", n);
        require(
            numParameters == numChildren,
            "node %d: %d weights for %d children; expected one each",
            n,
            numParameters,
            numChildren);
        for (int p = c.parameterStart[n]; p < c.parameterStart[n + 1]; p++) {
          if (c.parameter[p] < 0) {
            throw new CircuitException(
                "node %d: weight %s; expected a non-negative number".formatted(n, c.parameter[p]));
          }
        }
      }
      case PRODUCT -> {
        require(numChildren > 0, "node %d: a product has at least one child; found none", n);
        require(numParameters == 0, "node %d: a product has no parameters; found some", n);
      }
      case GAUSSIAN_LINK ->
          require(numChildren == 1, "node %d: a link has one child; found %d", n, numChildren);
    }
    if (kind == NodeKind.GAUSSIAN || kind == NodeKind.GAUSSIAN_LINK) {
      require(numParameters == 2, "node %d (%s): expected mean and scale", n, kind);
      double scale = c.parameter(n, 1);
      require(scale > 0, "node %d (%s): scale %s; expected a positive number", n, kind, scale);
    }
    if (kind == NodeKind.GAUSSIAN_BLOCK) {
      String problem =
          MultivariateGaussian.problem(
              c.variables, c.parameter, c.parameterStart[n], c.parameterStart[n + 1]);
      require(problem == null, "node %d (%s): %s", n, kind, problem);
    }
    if (kind == NodeKind.CONSTANT) {
      require(numParameters == 1, "node %d: a constant has one parameter", n);
    }
  }

  private static void checkLeaf(FlatCircuit c, int n, NodeKind kind, int numParameters) {
    int v = c.variable[n];
    require(
        v >= 0 && v < c.variables.size(),
        "node %d (%s): variable %d; expected 0 .. %d",
        n,
        kind,
        v,
        c.variables.size() - 1);
    Variable variable = c.variables.get(v);
    if (kind == NodeKind.CATEGORICAL) {
      if (!(variable instanceof Categorical categorical)) {
        throw new CircuitException(
            "node %d: a categorical leaf on '%s', which is real".formatted(n, variable.name()));
      }
      require(
          numParameters == categorical.numStates(),
          "node %d: %d probabilities for variable '%s'; expected %d, one a state",
          n,
          numParameters,
          variable.name(),
          categorical.numStates());
      return;
    }
    if (!(variable instanceof Real real)) {
      throw new CircuitException(
          "node %d (%s): a real leaf on '%s', which is categorical"
              .formatted(n, kind, variable.name()));
    }
    if (kind.isUnivariate()) {
      int from = c.parameterStart[n];
      String problem =
          UnivariateLeaf.problem(
              kind, real, Arrays.copyOfRange(c.parameter, from, from + numParameters));
      require(problem == null, "node %d (%s): %s", n, kind, problem);
    } else {
      require(
          !real.isCount(),
          "node %d (%s): a leaf for real numbers on '%s', which is a count",
          n,
          kind,
          variable.name());
    }
    if (kind == NodeKind.BASE) {
      require(
          real.isBounded(),
          "node %d: a base measure on '%s', which has no bounded domain; declare one",
          n,
          variable.name());
      require(numParameters == 0, "node %d: a base measure has no parameters", n);
    }
  }

  private static void require(boolean holds, String message, @Nullable Object... arguments) {
    if (!holds) {
      throw new CircuitException(message.formatted(arguments));
    }
  }
}
