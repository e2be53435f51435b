package org.ugmm.engine.flat;

import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Why;

/** Proves that at most one child of each sum is non-zero for any complete assignment. */
final class Determinism {
  /*
   * Two supports exclude each other when their intersection is empty. The rules, each sound:
   *
   *   all children at once         when one variable is in other states in each
   *   any two                      when some variable is in no state that both allow
   *   any of some, and b           when each of the parts excludes b
   *   all of some, and b           when one of the parts does. Parts that share no variable with b say
   *                                nothing; a part of a that meets one part of b is compared with that
   *                                part alone, which goes down the two sides together where the circuit
   *                                is structured, as a PSDD is.
   *
   * Verdicts are remembered by pair of supports; past the budget or the depth the answer is "not
   * proven", which costs an exact one-pass MPE but never a wrong answer. Sums are proven children
   * first, as the supports of the sums above need it.
   */
  private static final int MAX_DEPTH = 1_500;
  private static final int MAX_STEPS = 8_000_000;

  private final FlatCircuit c;
  private final Scopes scopes;
  private final Supports supports;
  private final Long2IntOpenHashMap verdicts = new Long2IntOpenHashMap();
  private long steps;

  private Determinism(FlatCircuit c, Scopes scopes) {
    this.c = c;
    this.scopes = scopes;
    supports = new Supports(c, scopes);
  }

  /** Null when proven, else the first sum that breaks it. */
  static @Nullable Why whyNot(FlatCircuit c, Scopes scopes, boolean[] live) {
    Determinism prover = new Determinism(c, scopes);
    for (int n = 0; n < c.numNodes(); n++) {
      if (!live[n]) {
        continue;
      }
      if (c.kind(n) == NodeKind.WEIGHTED_SUM) {
        Why why = prover.whyNot(n);
        if (why != null) {
          return why;
        }
      }
      prover.supports.visit(n);
    }
    return null;
  }

  private @Nullable Why whyNot(int sum) {
    int[] children = nonZeroChildren(sum);
    if (children.length > 2 && supports.someVariableTellsApart(children)) {
      return null;
    }
    for (int i = 1; i < children.length; i++) {
      for (int j = 0; j < i; j++) {
        if (!exclude(supports.of(children[i]), supports.of(children[j]), 0)) {
          boolean isUnproven = steps > MAX_STEPS;
          return new Why(
              Why.Reason.NOT_DETERMINISTIC,
              sum,
              isUnproven ? List.of() : List.of(children[j], children[i]),
              List.of(),
              "determinism was not proven within %d steps".formatted(MAX_STEPS));
        }
      }
    }
    return null;
  }

  private int[] nonZeroChildren(int sum) {
    int[] children = new int[c.numChildren(sum)];
    int count = 0;
    for (int i = 0; i < children.length; i++) {
      int child = c.child(sum, i);
      if (c.parameter(sum, i) > 0 && supports.of(child) != Supports.EMPTY) {
        children[count++] = child;
      }
    }
    return Arrays.copyOf(children, count);
  }

  private boolean exclude(int a, int b, int depth) {
    if (a == Supports.EMPTY || b == Supports.EMPTY) {
      return true;
    }
    if (a == b || a == Supports.FULL || b == Supports.FULL || depth > MAX_DEPTH || !spend(a, b)) {
      return false;
    }
    if (supports.limitsExclude(a, b)) {
      return true;
    }
    boolean areStates = supports.kind(a) == Supports.STATES && supports.kind(b) == Supports.STATES;
    if (areStates || !meet(a, b)) {
      return false;
    }
    long key = (long) Math.min(a, b) << 32 | Math.max(a, b);
    int known = verdicts.get(key);
    if (known != 0) {
      return known > 0;
    }
    boolean result;
    if (supports.kind(a) == Supports.ANY_OF) {
      result = allPartsExclude(a, b, depth);
    } else if (supports.kind(b) == Supports.ANY_OF) {
      result = allPartsExclude(b, a, depth);
    } else {
      result = somePartExcludes(a, b, depth) || somePartExcludes(b, a, depth);
    }
    verdicts.put(key, result ? 1 : -1);
    return result;
  }

  private boolean meet(int a, int b) {
    return !scopes.disjoint(supports.scope(a), supports.scope(b));
  }

  /** Counts what looking at a pair costs, so that wide ones use up the budget sooner. */
  private boolean spend(int a, int b) {
    int width =
        supports.parts(a).length
            + supports.parts(b).length
            + Math.min(scopes.numWords(supports.scope(a)), scopes.numWords(supports.scope(b)));
    steps += 1 + (width >> 4);
    return steps <= MAX_STEPS;
  }

  private boolean allPartsExclude(int any, int b, int depth) {
    int against = onlyMeeting(b, any);
    for (int part : supports.parts(any)) {
      if (!exclude(part, against, depth + 1)) {
        return false;
      }
    }
    return true;
  }

  private boolean somePartExcludes(int a, int b, int depth) {
    if (supports.kind(a) == Supports.STATES) {
      return false;
    }
    for (int part : supports.parts(a)) {
      if (meet(part, b) && exclude(part, onlyMeeting(b, part), depth + 1)) {
        return true;
      }
    }
    return false;
  }

  /** The one part of b that shares variables with a support; b itself where there are more. */
  private int onlyMeeting(int b, int support) {
    if (supports.kind(b) != Supports.ALL_OF) {
      return b;
    }
    int only = -1;
    for (int part : supports.parts(b)) {
      if (meet(part, support)) {
        if (only >= 0) {
          return b;
        }
        only = part;
      }
    }
    return only < 0 ? b : only;
  }
}
