package org.ugmm.engine.logic;

import it.unimi.dsi.fastutil.ints.Int2IntLinkedOpenHashMap;
import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Why;

/**
 * Formulas cut in two by their variables: a formula is the disjunction of pairs, a prime that
 * speaks only of the variables of one side and a sub that speaks only of the others. The primes
 * exclude each other, one of them always holds, and no two subs are alike (Darwiche, SDD: a new
 * canonical representation of propositional knowledge bases, IJCAI 2011). Not thread-safe.
 */
final class Splits {
  private final Diagram diagram;
  private final long maxWork;

  /** [nodes] places of the variables of which the formula speaks. */
  private final Int2ObjectOpenHashMap<BitSet> supports = new Int2ObjectOpenHashMap<>();

  /** The cuts that were made, by the places of one side. */
  private final Map<BitSet, Int2ObjectOpenHashMap<Int2IntLinkedOpenHashMap>> made =
      new LinkedHashMap<>();

  private long work;

  Splits(Diagram diagram, long maxWork) {
    this.diagram = diagram;
    this.maxWork = maxWork;
  }

  /** The places of the variables of which a formula speaks. The caller must not change it. */
  BitSet support(int node) {
    BitSet known = supports.get(node);
    if (known == null) {
      known = new BitSet();
      if (node > Diagram.TRUE) {
        int at = diagram.level(node);
        known.set(at);
        for (int i = 0; i < diagram.cells(at).count(); i++) {
          known.or(support(diagram.child(node, i)));
        }
      }
      supports.put(node, known);
    }
    return known;
  }

  /**
   * The pairs of a formula, by their subs.
   *
   * @param side places of the variables of the primes
   * @return the prime of each sub; false among the subs where the formula need not hold
   * @throws RefusedException if this takes more work than was allowed
   */
  Int2IntLinkedOpenHashMap of(int node, BitSet side) {
    return of(node, side, made.computeIfAbsent(side, none -> new Int2ObjectOpenHashMap<>()));
  }

  private Int2IntLinkedOpenHashMap of(
      int node, BitSet side, Int2ObjectOpenHashMap<Int2IntLinkedOpenHashMap> known) {
    Int2IntLinkedOpenHashMap pairs = known.get(node);
    if (pairs == null) {
      if (!support(node).intersects(side)) {
        pairs = new Int2IntLinkedOpenHashMap(new int[] {node}, new int[] {Diagram.TRUE});
      } else if (side.get(diagram.level(node))) {
        pairs = ofPrimes(node, side, known);
      } else {
        pairs = ofSubs(node, side, known);
      }
      known.put(node, pairs);
    }
    return pairs;
  }

  /** Of a formula whose first variable is one of the primes. */
  private Int2IntLinkedOpenHashMap ofPrimes(
      int node, BitSet side, Int2ObjectOpenHashMap<Int2IntLinkedOpenHashMap> known) {
    int at = diagram.level(node);
    int numCells = diagram.cells(at).count();
    Map<Integer, int[]> below = new LinkedHashMap<>();
    for (int i = 0; i < numCells; i++) {
      for (var pair : of(diagram.child(node, i), side, known).int2IntEntrySet()) {
        count(1);
        below.computeIfAbsent(pair.getIntKey(), none -> new int[numCells])[i] = pair.getIntValue();
      }
    }
    Int2IntLinkedOpenHashMap pairs = new Int2IntLinkedOpenHashMap();
    below.forEach((sub, primes) -> pairs.put((int) sub, diagram.node(at, primes)));
    return pairs;
  }

  /** Of a formula whose first variable is one of the subs: the primes of all its children meet. */
  private Int2IntLinkedOpenHashMap ofSubs(
      int node, BitSet side, Int2ObjectOpenHashMap<Int2IntLinkedOpenHashMap> known) {
    int at = diagram.level(node);
    int[] cells = IntStream.range(0, diagram.cells(at).count()).toArray();
    int[] distinct = Arrays.stream(cells).map(i -> diagram.child(node, i)).distinct().toArray();
    Map<List<Integer>, Integer> parts = Map.of(List.of(), Diagram.TRUE);
    for (int child : distinct) {
      Map<List<Integer>, Integer> finer = new LinkedHashMap<>();
      for (var part : parts.entrySet()) {
        for (var pair : of(child, side, known).int2IntEntrySet()) {
          count(distinct.length);
          int prime = diagram.and(part.getValue(), pair.getIntValue());
          if (prime != Diagram.FALSE) {
            finer.put(with(part.getKey(), pair.getIntKey()), prime);
          }
        }
      }
      parts = finer;
    }
    Int2IntLinkedOpenHashMap pairs = new Int2IntLinkedOpenHashMap();
    parts.forEach(
        (subs, prime) -> {
          int[] below = new int[cells.length];
          for (int i : cells) {
            int child = diagram.child(node, i);
            below[i] =
                subs.get(
                    IntStream.range(0, distinct.length)
                        .filter(d -> distinct[d] == child)
                        .findFirst()
                        .orElseThrow());
          }
          pairs.put(diagram.node(at, below), (int) prime);
        });
    return pairs;
  }

  private static List<Integer> with(List<Integer> subs, int sub) {
    Integer[] longer = subs.toArray(new Integer[subs.size() + 1]);
    longer[subs.size()] = sub;
    return List.of(longer);
  }

  private void count(long steps) {
    work += steps;
    if (work > maxWork) {
      throw new RefusedException(
          "",
          Why.of(
              Why.Reason.BUDGET,
              "the formula falls into more than %d parts along the products of the circuit"
                  .formatted(maxWork)),
          "name variables that the circuit joins next to each other, or ask with the formula");
    }
  }
}
