package org.ugmm.compiler.build;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;

/**
 * Tries candidates, each on rows that it has not seen. A family climbs: its size grows while that
 * helps, so that all steps together cost little more than the last. The best is then varied. Not
 * thread-safe.
 */
final class Search {
  private static final int VARIANTS = 4;
  private static final int LARGEST_MIXTURE = 1024;
  private static final double LEAST_GAIN = 0.002;

  /** Powers of ten that a pseudo-count may go up or down. */
  private static final int FARTHEST = 3;

  private static final int DEEPEST_FOREST = 6;

  private final Folds folds;
  private final Judge judge;
  private final Fitter fitter;
  private final Effort effort;
  private final List<Tried> tried = new ArrayList<>();

  Search(Folds folds, Judge judge, Fitter fitter, Effort effort) {
    this.folds = folds;
    this.judge = judge;
    this.fitter = fitter;
    this.effort = effort;
  }

  /**
   * A candidate and what it says of the rows kept back.
   *
   * @param circuits [folds] what it learned from each
   */
  record Tried(
      Recipe recipe,
      List<Circuit> circuits,
      Judge.Verdict verdict,
      double merit,
      Candidate candidate) {}

  /** What was tried, in order. */
  List<Tried> tried() {
    return tried;
  }

  /** Tries what a family offers; the independent columns are tried in any case and first. */
  void run(Family family, int states) {
    attempt(Recipe.of(new Mixture(1), false), true);
    switch (family.kind()) {
      case INDEPENDENT -> {}
      case MIXTURE -> climb(k -> new Mixture(k), states, 4, 1, 4);
      case TREE -> climb(k -> new HiddenTree(k, false), states, 4, 2, 2);
      case AUTO -> {
        // large mixtures alone are poor, but they know rows that come again nearly the same
        int most = LARGEST_MIXTURE;
        if (judge.hasClass()) {
          climb(k -> new Mixture(Math.min(k, most)), states, 1, 4, true);
        } else {
          climb(k -> new Mixture(Math.min(k, most)), states, 4, 4, false);
        }
        climb(k -> new HiddenTree(k, false), states, 4, 2, 2);
        vary();
      }
      case GRID -> climb(k -> new Grid(family.height(), family.width(), k), states, 4, 2, 2);
      case FOREST -> {
        int deepest = states > 0 ? states : DEEPEST_FOREST;
        for (int depth = states; depth <= deepest; depth++) {
          attempt(Recipe.of(new Forest(depth), false), true);
        }
      }
      case RANDOM -> climb(k -> new RandomRegions(k, RandomRegions.REPETITIONS), states, 2, 2, 2);
    }
  }

  /** Learns the parameters of a circuit on, unless it is best as it was. */
  void run(Circuit start) {
    attempt(Recipe.of(new Mixture(1), false), true);
    attempt(Recipe.of(new Given(start, false), false), true);
    for (double count : new double[] {Recipe.PSEUDO_COUNT, 1, 10}) {
      attempt(Recipe.of(new Given(start, true), false).withPseudoCount(count), tried.size() == 2);
    }
  }

  /** Sizes of a structure: the one that was asked for, or growing while that helps. */
  private void climb(
      IntFunction<Structure> structure, int states, int first, int firstByClass, int factor) {
    if (judge.hasClass()) {
      climb(structure, states, firstByClass, factor, true);
    }
    climb(structure, states, first, factor, false);
  }

  private void climb(
      IntFunction<Structure> structure, int states, int first, int factor, boolean byClass) {
    if (states > 0) {
      attempt(Recipe.of(structure.apply(states), byClass), tried.size() <= 1);
      return;
    }
    double best = Double.NEGATIVE_INFINITY;
    int most = Fitter.mostStates(folds.train().get(0).numRows());
    for (int k = first; k < factor * most; k *= factor) {
      Tried next = attempt(Recipe.of(structure.apply(k), byClass), tried.size() <= 1);
      if (next == null || !(next.merit > best + leastGain(next))) {
        return;
      }
      best = next.merit;
    }
  }

  /** What a larger size must gain to be worth a still larger one: a share of what was gained. */
  private double leastGain(Tried next) {
    return LEAST_GAIN * Math.max(0, next.merit - tried.get(0).merit);
  }

  /** Other random numbers and other pseudo-counts for the best so far. */
  private void vary() {
    Tried best = best();
    for (int variant = 2; variant <= VARIANTS; variant++) {
      attempt(best.recipe.withVariant(variant), false);
    }
    for (double factor : new double[] {10, 0.1}) {
      double count = best.recipe.pseudoCount() * factor;
      for (int i = 0; i < FARTHEST; i++, count *= factor) {
        Tried next = attempt(best.recipe.withPseudoCount(rounded(count)), false);
        if (next == null || !(next.merit > best.merit)) {
          break;
        }
        best = next;
      }
    }
  }

  /** A power of ten as it is written. */
  private static double rounded(double count) {
    return Double.parseDouble("1e" + Math.round(Math.log10(count)));
  }

  /** The best, the independent columns aside unless nothing else was tried. */
  Tried bestAfterBaseline() {
    return tried.stream()
        .skip(tried.size() > 1 ? 1 : 0)
        .max(Comparator.comparingDouble(Tried::merit))
        .orElseThrow();
  }

  private Tried best() {
    return tried.stream().max(Comparator.comparingDouble(Tried::merit)).orElseThrow();
  }

  /** Tries a candidate; null where it does not fit into the effort. */
  private @Nullable Tried attempt(Recipe recipe, boolean always) {
    double work = 0;
    for (var train : folds.train()) {
      work += fitter.work(recipe, train);
    }
    if (!always && !effort.allows(work)) {
      return null;
    }
    for (Tried t : tried) {
      if (t.recipe.equals(recipe)) {
        return t;
      }
    }
    long began = System.nanoTime();
    List<Circuit> circuits = new ArrayList<>();
    for (int f = 0; f < folds.size(); f++) {
      boolean isWatched = folds.size() == 1;
      circuits.add(
          fitter.fit(
              recipe, folds.train().get(f), isWatched ? folds.valid().get(f) : null, "fold " + f));
    }
    Tried result = judged(recipe, circuits, (System.nanoTime() - began) * 1e-9);
    tried.add(result);
    return result;
  }

  private Tried judged(Recipe recipe, List<Circuit> circuits, double seconds) {
    Judge.Verdict verdict = judge.verdict(circuits);
    return new Tried(
        recipe,
        circuits,
        verdict,
        judge.merit(verdict),
        new Candidate(
            recipe.label(),
            circuits.get(0).numEdges(),
            seconds,
            trainLog(circuits.get(0)),
            judge.valid(verdict),
            judge.hasClass() ? judge.classLog(verdict) : Double.NaN,
            judge.hasClass() ? judge.accuracy(verdict).value() : Double.NaN,
            0));
  }

  /** On some of the rows, which is enough to see how far it overfits. */
  private double trainLog(Circuit circuit) {
    var train = folds.train().get(0);
    int count = Math.min(2000, train.numRows());
    int[] rows = new int[count];
    for (int i = 0; i < count; i++) {
      rows[i] = (int) ((long) i * train.numRows() / count);
    }
    var sample = train.select(rows);
    double[] logs = new Rows(circuit, sample).logs();
    double sum = 0;
    double total = 0;
    for (int r = 0; r < count; r++) {
      if (sample.weight(r) > 0) {
        sum += sample.weight(r) * logs[r];
        total += sample.weight(r);
      }
    }
    return total > 0 ? sum / total : 0;
  }
}
