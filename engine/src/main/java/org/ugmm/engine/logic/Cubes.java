package org.ugmm.engine.logic;

import it.unimi.dsi.fastutil.longs.Long2DoubleOpenHashMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.flat.FlatEvidence;

/**
 * The cubes of a formula under evidence: disjoint pieces, each of them evidence of intervals,
 * single values and sets of states, where the formula holds. Not thread-safe.
 */
public final class Cubes {
  /*
   * A pin is a single value of a real variable that the evidence leaves open. A cube with more pins
   * than another has no mass beside it, so cubes are visited by their number of pins, and nodes from
   * which none with that number is left are passed by. Where a single value and the intervals about it
   * lead to one child the value adds nothing of its own, but the rule is the same.
   */
  private static final int MAX_PINS = 62;

  /** Sees each cube. */
  public interface Visitor {
    /**
     * Sees a cube.
     *
     * @param cube valid until this returns
     * @param firstChanged place in the order of the diagram of the first variable that may differ
     *     from the cube before
     * @param pinned places of the variables that are pins, ascending
     * @return whether to go on
     */
    boolean visit(FlatEvidence cube, int firstChanged, int[] pinned);
  }

  private final Diagram diagram;
  private final FlatEvidence given;

  /** [nodes] the ways down, made when first asked for. */
  private final @Nullable List<Branch>[] branches;

  /** [nodes] bit k: the formula can hold below with k more pins. */
  private final long[] reach;

  private final Long2DoubleOpenHashMap counts = new Long2DoubleOpenHashMap();

  /**
   * Prepares the cubes.
   *
   * @param given (Input, not modified) evidence that is not {@link FlatEvidence#isNowhere()}
   */
  @SuppressWarnings({"unchecked", "rawtypes"}) // no generic arrays
  public Cubes(Diagram diagram, FlatEvidence given) {
    this.diagram = diagram;
    this.given = given;
    branches = (List<Branch>[]) new List[diagram.numNodes()];
    reach = new long[diagram.numNodes()];
    Arrays.fill(reach, -1);
    reach[Diagram.FALSE] = 0;
    reach[Diagram.TRUE] = 1;
    counts.defaultReturnValue(-1);
    reach(diagram.root());
  }

  private long reach(int node) {
    if (reach[node] < 0) {
      long pins = 0;
      for (Branch branch : branches(node)) {
        long below = reach(branch.child());
        pins |= branch.isPin() ? below << 1 & (1L << (MAX_PINS + 1)) - 1 : below;
      }
      reach[node] = pins;
    }
    return reach[node];
  }

  /** The ways down from a node. */
  List<Branch> branches(int node) {
    List<Branch> known = branches[node];
    if (known == null) {
      int at = diagram.level(node);
      int[] below = new int[diagram.cells(at).count()];
      Arrays.setAll(below, i -> diagram.child(node, i));
      known = Branch.of(below, diagram.cells(at), given, diagram.variable(at));
      branches[node] = known;
    }
    return known;
  }

  /** The least number of pins of a cube; -1 where the formula cannot hold. */
  public int leastPins() {
    long pins = reach(diagram.root());
    return pins == 0 ? -1 : Long.numberOfTrailingZeros(pins);
  }

  /** How many cubes have a number of pins; exact up to 2^53. */
  public double count(int pins) {
    return count(diagram.root(), pins);
  }

  private double count(int node, int pins) {
    if (!canReach(node, pins)) {
      return 0;
    } else if (node == Diagram.TRUE) {
      return 1;
    }
    long key = (long) node << 7 | pins;
    double known = counts.get(key);
    if (known < 0) {
      known = 0;
      for (Branch branch : branches(node)) {
        known += count(branch.child(), pins - (branch.isPin() ? 1 : 0));
      }
      counts.put(key, known);
    }
    return known;
  }

  /** Whether the formula can hold below a node with a number of pins more. */
  boolean canReach(int node, int pins) {
    return pins >= 0 && (reach(node) >> pins & 1) != 0;
  }

  /**
   * Visits the cubes with a number of pins, always in the same order.
   *
   * @return whether all were visited
   */
  public boolean forEach(int pins, Visitor visitor) {
    return !canReach(diagram.root(), pins) || new Walk(visitor).below(diagram.root(), pins);
  }

  private final class Walk {
    private final Visitor visitor;
    private final FlatEvidence cube = given.copy();
    private final List<Integer> pinned = new ArrayList<>();
    private int firstChanged;

    Walk(Visitor visitor) {
      this.visitor = visitor;
    }

    boolean below(int node, int pins) {
      if (node == Diagram.TRUE) {
        int changed = firstChanged;
        firstChanged = diagram.numVariables();
        return visitor.visit(cube, changed, pinned.stream().mapToInt(at -> at).toArray());
      }
      int at = diagram.level(node);
      int variable = diagram.variable(at);
      for (Branch branch : branches(node)) {
        int left = pins - (branch.isPin() ? 1 : 0);
        if (!canReach(branch.child(), left)) {
          continue;
        }
        if (branch.isPin()) {
          pinned.add(at);
        }
        if (branch.form() != Branch.AS_GIVEN) {
          cube.take(variable, given);
          branch.apply(cube, variable);
          firstChanged = Math.min(firstChanged, at);
        }
        boolean goesOn = below(branch.child(), left);
        if (branch.isPin()) {
          pinned.remove(pinned.size() - 1);
        }
        if (branch.form() != Branch.AS_GIVEN) {
          cube.take(variable, given);
          firstChanged = Math.min(firstChanged, at);
        }
        if (!goesOn) {
          return false;
        }
      }
      return true;
    }
  }
}
