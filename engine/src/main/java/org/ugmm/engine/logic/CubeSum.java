package org.ugmm.engine.logic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Names;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.exact.Interruption;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.flat.Scopes;
import org.ugmm.engine.number.LogSum;
import org.ugmm.engine.number.Rounding;

/**
 * The integral of a circuit over where a formula holds: the sum over its cubes, so that small
 * probabilities keep their digits. Not thread-safe.
 */
public final class CubeSum {
  /*
   * Cubes follow each other as the leaves of a tree do; between two of them only the nodes above the
   * leaves of the variables from the first changed one on are evaluated again.
   *
   * Where there are more cubes than may be evaluated, or half of the time ends before all are summed,
   * the tree is explored from the top: what leads to one child of a node of the diagram is a piece of
   * its own, the piece of the largest integral is cut next, and what has not been cut yet bounds what
   * is missing. A time that does not end changes no bit.
   */

  /**
   * An integral and what is proven of it: it is at least {@code exp(log)} and at most that and
   * {@code exp(logRest)}, but for rounding.
   *
   * @param log natural log of what was summed
   * @param errorUnits bound on the absolute error of {@code log}, in units of 2^-53
   * @param logRest natural log of what may be missing at most, its error included; -infinity for
   *     nothing
   * @param pinned circuit variables of which the cubes are single values
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Mass(double log, double errorUnits, double logRest, int[] pinned) {
    /** Whether all cubes were summed. */
    public boolean isComplete() {
      return logRest == Double.NEGATIVE_INFINITY;
    }

    /** Whether it is zero, and not only too small for a double. */
    public boolean isZero() {
      return isComplete() && log == Double.NEGATIVE_INFINITY && errorUnits == 0;
    }
  }

  /**
   * How much work a sum may be.
   *
   * @param evaluations of the circuit at most
   * @param nanos at most, where the cubes have no pins; {@link Long#MAX_VALUE} for any time
   */
  public record Limit(double evaluations, long nanos) {}

  private final LogEvaluator evaluator;
  private final FlatCircuit c;
  private final Scopes scopes;
  private final @Nullable Function<FlatEvidence, LogSum> integral;

  /**
   * Prepares sums.
   *
   * @param scopes of the circuit
   * @param evaluator of the root; its values are overwritten
   * @param integral of the circuit over a cube; null where one pass of the evaluator is that
   */
  public CubeSum(
      FlatCircuit circuit,
      Scopes scopes,
      LogEvaluator evaluator,
      @Nullable Function<FlatEvidence, LogSum> integral) {
    this.evaluator = evaluator;
    this.integral = integral;
    this.scopes = scopes;
    c = circuit;
  }

  /**
   * The integral over the cubes with a number of pins.
   *
   * @throws RefusedException if cubes of positive mass have different pins, or there are more cubes
   *     with pins than the limit allows
   */
  public Mass of(Diagram diagram, FlatEvidence given, int pins, Limit limit) {
    Cubes cubes = new Cubes(diagram, given);
    double count = cubes.count(pins);
    if (count > limit.evaluations && pins > 0) {
      throw tooMany(count, limit);
    }
    long start = System.nanoTime();
    if (count <= limit.evaluations) {
      long nanos = pins > 0 ? Long.MAX_VALUE : limit.nanos;
      Mass all = all(diagram, cubes, pins, start, nanos == Long.MAX_VALUE ? nanos : nanos / 2);
      if (all != null) {
        return all;
      }
    }
    return best(diagram, cubes, given, start, limit);
  }

  private static boolean isOver(long start, long nanos) {
    return nanos < Long.MAX_VALUE && System.nanoTime() - start > nanos;
  }

  /** The refusal of a formula whose cubes must all be seen. */
  public static RefusedException tooMany(double count, Limit limit) {
    return new RefusedException(
        "",
        Why.of(
            Why.Reason.BUDGET,
            "the formula has %.0f disjoint parts, and the budget allows %.0f of this circuit"
                .formatted(count, limit.evaluations)),
        "raise the budget, or ask about a simpler formula");
  }

  /** Null where the time ends first. */
  private @Nullable Mass all(Diagram diagram, Cubes cubes, int pins, long start, long nanos) {
    int[][] affected = integral == null ? affected(diagram) : new int[0][];
    LogSum sum = new LogSum();
    List<int[]> pinnedPlaces = new ArrayList<>();
    boolean isAll =
        cubes.forEach(
            pins,
            (cube, firstChanged, pinned) -> {
              Interruption.check();
              if (isOver(start, nanos)) {
                return false;
              }
              LogSum part = new LogSum();
              if (integral != null) {
                part = integral.apply(cube);
              } else if (firstChanged == 0) {
                part.add(evaluator.upward(cube), units());
              } else {
                part.add(evaluator.upward(affected[firstChanged], cube), units());
              }
              boolean isZero = part.value() == Double.NEGATIVE_INFINITY && part.errorUnits() == 0;
              if (!isZero) {
                requireSame(diagram, pinnedPlaces, pinned);
              }
              sum.add(part.value(), part.errorUnits());
              return true;
            });
    if (!isAll) {
      return null;
    }
    int[] pinned = pinnedPlaces.isEmpty() ? new int[0] : pinnedPlaces.get(0);
    return new Mass(
        sum.value(),
        sum.errorUnits(),
        Double.NEGATIVE_INFINITY,
        Arrays.stream(pinned).map(diagram::variable).toArray());
  }

  private double units() {
    return evaluator.isZero() ? 0 : evaluator.logErrorBound() / Rounding.U;
  }

  private void requireSame(Diagram diagram, List<int[]> pinnedPlaces, int[] pinned) {
    if (pinnedPlaces.isEmpty()) {
      pinnedPlaces.add(pinned);
    } else if (!Arrays.equals(pinnedPlaces.get(0), pinned)) {
      throw new RefusedException(
          "",
          Why.of(
              Why.Reason.NO_CLOSED_FORM,
              "the formula holds at single values of %s and also at single values of %s, whose"
                      .formatted(names(diagram, pinnedPlaces.get(0)), names(diagram, pinned))
                  + " densities have different units"),
          "give intervals instead of single values");
    }
  }

  private String names(Diagram diagram, int[] places) {
    List<String> names =
        Arrays.stream(places)
            .mapToObj(at -> "'" + c.variables.get(diagram.variable(at)).name() + "'")
            .toList();
    return Names.list(names);
  }

  /** [places] nodes above the leaves of the variable at a place or a later one, ascending. */
  private int[][] affected(Diagram diagram) {
    int[][] affected = new int[diagram.numVariables()][];
    boolean[] above = new boolean[c.numNodes()];
    for (int at = affected.length - 1; at >= 0; at--) {
      int count = 0;
      for (int n = 0; n <= c.root; n++) {
        above[n] |= scopes.contains(n, diagram.variable(at));
        count += above[n] ? 1 : 0;
      }
      affected[at] = new int[count];
      for (int n = 0, k = 0; k < count; n++) {
        if (above[n]) {
          affected[at][k++] = n;
        }
      }
    }
    return affected;
  }

  /** A piece that may hold parts in which the formula does not hold. */
  private record Piece(
      int node,
      @Nullable Piece above,
      @Nullable Branch branch,
      int variable,
      double log,
      double units) {
    FlatEvidence evidence(FlatEvidence given) {
      FlatEvidence e = above == null ? given.copy() : above.evidence(given);
      if (branch != null) {
        branch.apply(e, variable);
      }
      return e;
    }
  }

  private Mass best(Diagram diagram, Cubes cubes, FlatEvidence given, long start, Limit limit) {
    PriorityQueue<Piece> queue =
        new PriorityQueue<>(Comparator.comparingDouble((Piece p) -> -p.log));
    LogSum whole = integral(given);
    queue.add(new Piece(diagram.root(), null, null, -1, whole.value(), whole.errorUnits()));
    LogSum held = new LogSum();
    double evaluations = 1;
    List<Piece> cut = new ArrayList<>();
    while (!queue.isEmpty()) {
      Interruption.check();
      Piece piece = queue.remove();
      if (piece.node == Diagram.TRUE) {
        held.add(piece.log, piece.units);
        continue;
      }
      if (evaluations >= limit.evaluations || isOver(start, limit.nanos)) {
        cut.add(piece);
        continue;
      }
      for (Branch branch : cubes.branches(piece.node)) {
        if (branch.isPin() || !cubes.canReach(branch.child(), 0)) {
          continue;
        }
        int variable = diagram.variable(diagram.level(piece.node));
        boolean isWhole = branch.form() == Branch.AS_GIVEN;
        Piece below = new Piece(branch.child(), piece, branch, variable, piece.log, piece.units);
        if (!isWhole) {
          LogSum mass = integral(below.evidence(given));
          below =
              new Piece(branch.child(), piece, branch, variable, mass.value(), mass.errorUnits());
          evaluations++;
        }
        if (below.log > Double.NEGATIVE_INFINITY || below.units > 0) {
          queue.add(below);
        }
      }
    }
    LogSum rest = new LogSum();
    for (Piece piece : cut) {
      boolean isBeyondRange = piece.log == Double.NEGATIVE_INFINITY;
      double most = piece.log + Rounding.logError(piece.units);
      rest.add(isBeyondRange ? Rounding.BEYOND_RANGE : most, 0);
    }
    double logRest = rest.value() + Rounding.logError(rest.errorUnits());
    return new Mass(held.value(), held.errorUnits(), logRest, new int[0]);
  }

  private LogSum integral(FlatEvidence e) {
    if (integral != null) {
      return integral.apply(e);
    }
    LogSum sum = new LogSum();
    sum.add(evaluator.upward(e), units());
    return sum;
  }
}
