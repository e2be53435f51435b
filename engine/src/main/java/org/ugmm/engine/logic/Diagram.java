package org.ugmm.engine.logic;

import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.formula.Formula;
import org.ugmm.engine.formula.Formula.And;
import org.ugmm.engine.formula.Formula.Count;
import org.ugmm.engine.formula.Formula.Implies;
import org.ugmm.engine.formula.Formula.Not;
import org.ugmm.engine.formula.Formula.Or;
import org.ugmm.engine.formula.Formula.Range;
import org.ugmm.engine.formula.Formula.States;
import org.ugmm.engine.formula.Formula.Truth;

/**
 * A formula as an ordered, reduced decision diagram: each node asks for the cell of one variable
 * and has a child for each, and any two formulas that hold in the same cells are one node. A part
 * that is one object in several places of a formula is compiled once. Safe to share once it is
 * made.
 */
public final class Diagram {
  static final int FALSE = 0;
  static final int TRUE = 1;

  private static final int MAX_NODES = 1_000_000;

  /** Variables in the order in which the formula names them, which keeps what belongs together. */
  private final int[] variables;

  private final List<Cells> cells = new ArrayList<>();

  /** [nodes] the place of the variable in the order; the number of variables for constants. */
  private final List<Integer> level = new ArrayList<>();

  /** [nodes] [cells] children. */
  private final List<int[]> children = new ArrayList<>();

  private final Object2IntOpenHashMap<Node> ids = new Object2IntOpenHashMap<>();
  private final Long2IntOpenHashMap conjunctions = new Long2IntOpenHashMap();
  private final Long2IntOpenHashMap complements = new Long2IntOpenHashMap();
  private final int root;

  private record Node(int level, int[] children) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Node n && level == n.level && Arrays.equals(children, n.children);
    }

    @Override
    public int hashCode() {
      return 31 * level + Arrays.hashCode(children);
    }
  }

  private Diagram(FlatCircuit c, Formula formula) {
    List<Formula> parts = childrenFirst(formula);
    Map<String, List<Formula>> conditions = new LinkedHashMap<>();
    for (Formula part : parts) {
      String name = variableOf(part);
      if (name != null) {
        conditions.computeIfAbsent(name, none -> new ArrayList<>()).add(part);
      }
    }
    variables = conditions.keySet().stream().mapToInt(c::indexOf).toArray();
    Map<String, Integer> place = new HashMap<>();
    conditions.forEach(
        (name, about) -> {
          place.put(name, place.size());
          cells.add(Cells.of(c.variables.get(c.indexOf(name)), about));
        });
    ids.defaultReturnValue(-1);
    conjunctions.defaultReturnValue(-1);
    complements.defaultReturnValue(-1);
    for (int constant = FALSE; constant <= TRUE; constant++) {
      level.add(variables.length);
      children.add(new int[0]);
    }
    Map<Formula, Integer> nodeOf = new IdentityHashMap<>();
    for (Formula part : parts) {
      nodeOf.put(part, build(part, place, nodeOf));
    }
    root = Objects.requireNonNull(nodeOf.get(formula));
  }

  /**
   * Compiles a formula.
   *
   * @throws org.ugmm.engine.data.ArgumentException if the circuit has no such variable or state
   * @throws RefusedException if the diagram would be too large
   */
  public static Diagram of(FlatCircuit circuit, Formula formula) {
    return new Diagram(circuit, formula);
  }

  /** A formula and its parts, each once, in the order of the text, whatever holds it after it. */
  private static List<Formula> childrenFirst(Formula formula) {
    List<Formula> done = new ArrayList<>();
    Map<Formula, Boolean> isOpen = new IdentityHashMap<>();
    Deque<Formula> stack = new ArrayDeque<>();
    stack.push(formula);
    while (!stack.isEmpty()) {
      Formula top = stack.peek();
      Boolean open = isOpen.get(top);
      if (open == null) {
        isOpen.put(top, true);
        List<Formula> parts = parts(top);
        for (int i = parts.size() - 1; i >= 0; i--) {
          if (!isOpen.containsKey(parts.get(i))) {
            stack.push(parts.get(i));
          }
        }
      } else {
        stack.pop();
        if (open) {
          isOpen.put(top, false);
          done.add(top);
        }
      }
    }
    return done;
  }

  private static @Nullable String variableOf(Formula formula) {
    return formula instanceof Range range
        ? range.variable()
        : formula instanceof States states ? states.variable() : null;
  }

  private static List<Formula> parts(Formula formula) {
    if (formula instanceof And and) {
      return and.of();
    } else if (formula instanceof Or or) {
      return or.of();
    } else if (formula instanceof Not not) {
      return List.of(not.of());
    } else if (formula instanceof Implies implies) {
      return List.of(implies.premise(), implies.conclusion());
    }
    return formula instanceof Count count ? count.of() : List.of();
  }

  private int build(Formula formula, Map<String, Integer> place, Map<Formula, Integer> nodeOf) {
    if (formula instanceof Truth truth) {
      return truth.holds() ? TRUE : FALSE;
    }
    String name = variableOf(formula);
    if (name != null) {
      return condition(Objects.requireNonNull(place.get(name)), formula);
    }
    int[] part = parts(formula).stream().mapToInt(nodeOf::get).toArray();
    if (formula instanceof Not) {
      return not(part[0]);
    } else if (formula instanceof And) {
      return Arrays.stream(part).reduce(TRUE, this::and);
    } else if (formula instanceof Or) {
      return Arrays.stream(part).reduce(FALSE, this::or);
    } else if (formula instanceof Implies) {
      return or(not(part[0]), part[1]);
    }
    return count((Count) formula, part);
  }

  private int condition(int at, Formula condition) {
    BitSet holds = cells.get(at).where(condition);
    int[] below = new int[cells.get(at).count()];
    Arrays.setAll(below, i -> holds.get(i) ? TRUE : FALSE);
    return node(at, below);
  }

  /** Counts up to one more than matters: exactly[j] holds where j of the parts so far do. */
  private int count(Count count, int[] part) {
    int most = Math.min(count.atMost(), part.length);
    int[] exactly = new int[most + 2];
    exactly[0] = TRUE;
    for (int p : part) {
      int not = not(p);
      for (int j = most + 1; j >= 0; j--) {
        int here = and(exactly[j], j == most + 1 ? TRUE : not);
        exactly[j] = j == 0 ? here : or(here, and(exactly[j - 1], p));
      }
    }
    int any = FALSE;
    for (int j = count.atLeast(); j <= most; j++) {
      any = or(any, exactly[j]);
    }
    return any;
  }

  private int or(int a, int b) {
    return not(and(not(a), not(b)));
  }

  /** The node of what holds where another does not; only while no other thread reads. */
  int not(int a) {
    if (a == FALSE || a == TRUE) {
      return 1 - a;
    }
    int known = complements.get(a);
    if (known < 0) {
      known = node(level(a), Arrays.stream(children.get(a)).map(this::not).toArray());
      complements.put(a, known);
      complements.put(known, a);
    }
    return known;
  }

  /** The node of both; only while no other thread reads. */
  int and(int a, int b) {
    if (a == b || b == TRUE) {
      return a;
    } else if (a == TRUE) {
      return b;
    } else if (a == FALSE || b == FALSE) {
      return FALSE;
    }
    long key = (long) Math.min(a, b) << 32 | Math.max(a, b);
    int known = conjunctions.get(key);
    if (known < 0) {
      int at = Math.min(level(a), level(b));
      int[] below = new int[cells.get(at).count()];
      for (int i = 0; i < below.length; i++) {
        below[i] = and(level(a) == at ? child(a, i) : a, level(b) == at ? child(b, i) : b);
      }
      known = node(at, below);
      conjunctions.put(key, known);
    }
    return known;
  }

  /** The node that asks for the cell of a variable; only while no other thread reads. */
  int node(int at, int[] below) {
    if (Arrays.stream(below).allMatch(child -> child == below[0])) {
      return below[0];
    }
    Node node = new Node(at, below);
    int id = ids.getInt(node);
    if (id < 0) {
      id = level.size();
      if (id > MAX_NODES) {
        throw new RefusedException(
            "",
            Why.of(
                Why.Reason.BUDGET,
                "the decision diagram of the formula has more than %d nodes".formatted(MAX_NODES)),
            "name variables that belong together next to each other, or ask about parts of it");
      }
      ids.put(node, id);
      level.add(at);
      children.add(below);
    }
    return id;
  }

  /** The node of the whole formula. */
  int root() {
    return root;
  }

  /** Number of nodes, the constants and what is no part of the formula any more included. */
  int numNodes() {
    return level.size();
  }

  /** The place of a node's variable in the order. */
  int level(int node) {
    return level.get(node);
  }

  /** The child of a node for a cell; never above it in number. */
  int child(int node, int cell) {
    return children.get(node)[cell];
  }

  /** Number of variables that the formula names. */
  public int numVariables() {
    return variables.length;
  }

  /** The variables that the formula names, in the order of the diagram: indices of the circuit. */
  public int variable(int at) {
    return variables[at];
  }

  Cells cells(int at) {
    return cells.get(at);
  }

  /** Whether the formula holds of a row of values and state indices. */
  public boolean holds(double[] row) {
    int node = root;
    while (node > TRUE) {
      int at = level(node);
      node = child(node, cells.get(at).of(row[variables[at]]));
    }
    return node == TRUE;
  }
}
