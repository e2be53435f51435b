package org.ugmm.engine.flat;

import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * The supports of nodes: the sets of complete assignments at which they are not zero, each distinct
 * expression stored once.
 *
 * <p>Weights do not matter and factors that are never zero vanish, so the many nodes of a learned
 * circuit share fewer supports, and what is proven of two supports holds of all nodes that have
 * them. Each support also says of single variables which states it can be in: that alone tells the
 * parts of most decisions apart, since learners split on the value of a variable.
 */
final class Supports {
  static final int EMPTY = 0;
  static final int FULL = 1;

  static final byte CONSTANT = 0;

  /** The variable is in some of its states. */
  static final byte STATES = 1;

  /** The intersection of its parts. */
  static final byte ALL_OF = 2;

  /** The union of its parts, which are disjoint. */
  static final byte ANY_OF = 3;

  /** Most numbers of the limits of a support; more are let go, which only proves less. */
  private static final int MAX_LIMITS = 512;

  private final FlatCircuit c;
  private final Scopes scopes;
  private final int[] ofNode;
  private final Object2IntOpenHashMap<Expression> ids = new Object2IntOpenHashMap<>();
  private final List<Expression> expressions = new ArrayList<>();

  /** Scope id of the first node that has the support: it holds all variables that matter. */
  private final List<Integer> scope = new ArrayList<>();

  /**
   * What a support says of single variables: a sequence of variable and words of the states that it
   * can be in, ascending by variable; a variable that can be in all states is left out.
   */
  private final List<int[]> limits = new ArrayList<>();

  /** Parts are support ids, ascending; those of STATES are the allowed states as words of bits. */
  private record Expression(byte kind, int variable, int[] parts) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Expression e
          && kind == e.kind
          && variable == e.variable
          && Arrays.equals(parts, e.parts);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(parts) * 31 + variable * 4 + kind;
    }
  }

  Supports(FlatCircuit c, Scopes scopes) {
    this.c = c;
    this.scopes = scopes;
    ofNode = new int[c.numNodes()];
    ids.defaultReturnValue(-1);
    int none = 0;
    intern(new Expression(CONSTANT, 0, new int[0]), none, new int[0]);
    intern(new Expression(CONSTANT, 1, new int[0]), none, new int[0]);
  }

  /** Number of distinct supports; ids are below it. */
  int size() {
    return expressions.size();
  }

  int of(int node) {
    return ofNode[node];
  }

  byte kind(int support) {
    return expressions.get(support).kind;
  }

  /** The variable of a support of kind {@link #STATES}. */
  int variable(int support) {
    return expressions.get(support).variable;
  }

  /** The parts of a support, ascending; the allowed states as words where it is of that kind. */
  int[] parts(int support) {
    return expressions.get(support).parts;
  }

  /** The id of a scope that holds every variable that the support depends on. */
  int scope(int support) {
    return scope.get(support);
  }

  /** Computes the support of a node whose children have theirs. */
  void visit(int n) {
    ofNode[n] =
        switch (c.kind(n)) {
          case GAUSSIAN,
              BASE,
              HISTOGRAM,
              POISSON,
              UNIFORM,
              EXPONENTIAL,
              GAMMA,
              LOG_NORMAL,
              GAUSSIAN_BLOCK ->
              FULL; // what a family leaves out proves nothing here
          case CONSTANT -> c.parameter(n, 0) > Double.NEGATIVE_INFINITY ? FULL : EMPTY;
          case CATEGORICAL -> states(n);
          case PRODUCT -> product(n);
          case WEIGHTED_SUM -> sum(n);
          case GAUSSIAN_LINK -> ofNode[c.child(n, 0)];
        };
  }

  private int states(int n) {
    int[] words = new int[words(c.variable[n])];
    for (int s = 0; s < c.numParameters(n); s++) {
      if (c.parameter(n, s) > Double.NEGATIVE_INFINITY) {
        words[s >> 5] |= 1 << s;
      }
    }
    return states(n, c.variable[n], words);
  }

  private int states(int node, int variable, int[] words) {
    int count = 0;
    int[] limit = new int[1 + words.length];
    limit[0] = variable;
    for (int w = 0; w < words.length; w++) {
      count += Integer.bitCount(words[w]);
      limit[1 + w] = words[w];
    }
    if (count == 0 || count == numStates(variable)) {
      return count == 0 ? EMPTY : FULL;
    }
    return intern(new Expression(STATES, variable, words), node, limit);
  }

  private int product(int n) {
    int[] parts = new int[c.numChildren(n)];
    int size = 0;
    for (int i = 0; i < parts.length; i++) {
      int part = ofNode[c.child(n, i)];
      if (part == EMPTY) {
        return EMPTY;
      }
      if (part != FULL) {
        parts[size++] = part;
      }
    }
    if (size < 2) {
      return size == 0 ? FULL : parts[0];
    }
    Expression all = new Expression(ALL_OF, 0, sorted(parts, size));
    int known = ids.getInt(all);
    if (known >= 0) {
      return known;
    }
    int[] limit = limits.get(all.parts[0]);
    for (int i = 1; i < size; i++) {
      limit = both(limit, limits.get(all.parts[i]));
    }
    return intern(all, n, limit);
  }

  /** The union of the children, which are known to be disjoint. */
  private int sum(int n) {
    int[] parts = new int[c.numChildren(n)];
    int size = 0;
    for (int i = 0; i < parts.length; i++) {
      int part = ofNode[c.child(n, i)];
      if (c.parameter(n, i) > 0 && part != EMPTY) {
        if (part == FULL) {
          return FULL;
        }
        parts[size++] = part;
      }
    }
    if (size < 2) {
      return size == 0 ? EMPTY : parts[0];
    }
    if (areStatesOfOneVariable(parts, size)) {
      return states(n, variable(parts[0]), union(parts, size));
    }
    Expression any = new Expression(ANY_OF, 0, sorted(parts, size));
    int known = ids.getInt(any);
    if (known >= 0) {
      return known;
    }
    int[] limit = limits.get(any.parts[0]);
    for (int i = 1; i < size; i++) {
      limit = either(limit, limits.get(any.parts[i]));
    }
    return intern(any, n, limit);
  }

  private boolean areStatesOfOneVariable(int[] parts, int size) {
    for (int i = 0; i < size; i++) {
      if (kind(parts[i]) != STATES || variable(parts[i]) != variable(parts[0])) {
        return false;
      }
    }
    return true;
  }

  private int[] union(int[] parts, int size) {
    int[] words = parts(parts[0]).clone();
    for (int i = 1; i < size; i++) {
      for (int w = 0; w < words.length; w++) {
        words[w] |= parts(parts[i])[w];
      }
    }
    return words;
  }

  private static int[] sorted(int[] parts, int size) {
    int[] result = Arrays.copyOf(parts, size);
    Arrays.sort(result);
    return result;
  }

  private int intern(Expression expression, int node, int[] limit) {
    int known = ids.getInt(expression);
    if (known >= 0) {
      return known;
    }
    int id = expressions.size();
    ids.put(expression, id);
    expressions.add(expression);
    scope.add(scopes.id(node));
    limits.add(limit);
    return id;
  }

  /** Whether some variable is in no state that both supports allow. */
  boolean limitsExclude(int a, int b) {
    int[] x = limits.get(a);
    int[] y = limits.get(b);
    int i = 0;
    int j = 0;
    while (i < x.length && j < y.length) {
      int words = words(x[i]);
      if (x[i] < y[j]) {
        i += 1 + words;
      } else if (x[i] > y[j]) {
        j += 1 + words(y[j]);
      } else {
        int common = 0;
        for (int w = 1; w <= words; w++) {
          common |= x[i + w] & y[j + w];
        }
        if (common == 0) {
          return true;
        }
        i += 1 + words;
        j += 1 + words;
      }
    }
    return false;
  }

  /** Whether one variable is in other states in each of several nodes. */
  boolean someVariableTellsApart(int[] nodes) {
    int[] first = limits.get(ofNode[nodes[0]]);
    for (int i = 0; i < first.length; i += 1 + words(first[i])) {
      if (tellsApart(first[i], nodes)) {
        return true;
      }
    }
    return false;
  }

  private boolean tellsApart(int variable, int[] nodes) {
    int[] taken = new int[words(variable)];
    for (int node : nodes) {
      int[] limit = limits.get(ofNode[node]);
      int at = 0;
      while (at < limit.length && limit[at] < variable) {
        at += 1 + words(limit[at]);
      }
      if (at == limit.length || limit[at] != variable) {
        return false;
      }
      for (int w = 0; w < taken.length; w++) {
        if ((taken[w] & limit[at + 1 + w]) != 0) {
          return false;
        }
        taken[w] |= limit[at + 1 + w];
      }
    }
    return true;
  }

  private int words(int variable) {
    return (numStates(variable) + 31) / 32;
  }

  private int numStates(int variable) {
    return ((Categorical) c.variables.get(variable)).numStates();
  }

  /** The limits of an intersection. */
  private int[] both(int[] x, int[] y) {
    int[] result = new int[x.length + y.length];
    int size = 0;
    int i = 0;
    int j = 0;
    while (i < x.length || j < y.length) {
      boolean inX = j == y.length || (i < x.length && x[i] <= y[j]);
      boolean inY = i == x.length || (j < y.length && y[j] <= x[i]);
      int words = words(inX ? x[i] : y[j]);
      if (size + 1 + words > MAX_LIMITS) {
        break;
      }
      result[size++] = inX ? x[i] : y[j];
      for (int w = 1; w <= words; w++) {
        result[size++] = (inX ? x[i + w] : -1) & (inY ? y[j + w] : -1);
      }
      i += inX ? 1 + words : 0;
      j += inY ? 1 + words : 0;
    }
    return Arrays.copyOf(result, size);
  }

  /** The limits of a union. */
  private int[] either(int[] x, int[] y) {
    int[] result = new int[Math.min(x.length, y.length)];
    int size = 0;
    int i = 0;
    int j = 0;
    while (i < x.length && j < y.length) {
      int words = words(x[i]);
      if (x[i] < y[j]) {
        i += 1 + words;
      } else if (x[i] > y[j]) {
        j += 1 + words(y[j]);
      } else {
        int states = 0;
        for (int w = 1; w <= words; w++) {
          states += Integer.bitCount(x[i + w] | y[j + w]);
        }
        if (states < numStates(x[i])) {
          result[size++] = x[i];
          for (int w = 1; w <= words; w++) {
            result[size++] = x[i + w] | y[j + w];
          }
        }
        i += 1 + words;
        j += 1 + words;
      }
    }
    return Arrays.copyOf(result, size);
  }
}
