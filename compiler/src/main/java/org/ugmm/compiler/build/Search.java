package org.ugmm.compiler.build;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

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
  private static final int MOST_FOREST_COLUMNS = 1000;
  private static final int SMALLEST_SIDE = 4;

  /** What may be added to the variances of full covariances, in units of those of the columns. */
  private static final double[] RIDGES = {0.3, 0.1, 0.03, 0.01, 0.003, 3e-4, 3e-5, 3e-6};

  /** Which of them is tried first. */
  private static final int FIRST_RIDGE = 3;

  private static final int MOST_GUIDES = 8;
  private static final int MOST_GUIDE_STATES = 32;

  /** Share of the effort that is left which full covariances may take beside the others. */
  private static final double GAUSSIANS_SHARE = 0.2;

  /** Share of the effort that is left which is worth spending on a family of the worse half. */
  private static final double CHEAP = 0.01;

  /** How many of the best candidates are finished, and how far. */
  private static final int FINISHED = 3;

  private static final int MOST_ROUNDS = 8;

  private final Folds folds;
  private final Judge judge;
  private final Fitter fitter;
  private final Effort effort;
  private final List<Tried> tried = new ArrayList<>();

  /** Share of the effort that full covariances may still take. */
  private double shareLeft;

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
      Candidate candidate) {
    boolean hasFullCovariances() {
      return recipe.structure() instanceof FullGaussians;
    }

    /** The structure of one with full covariances. */
    private FullGaussians gaussians() {
      return (FullGaussians) recipe.structure();
    }
  }

  /** What was tried, in order. */
  List<Tried> tried() {
    return tried;
  }

  /** Tries what a family offers; the independent columns are tried in any case and first. */
  void run(Family family, int states) {
    attempt(Recipe.of(new Mixture(1), false), true);
    List<Ladder> ladders = new ArrayList<>();
    switch (family.kind()) {
      case INDEPENDENT -> {}
      case MIXTURE -> add(ladders, Mixture::new, 4, 1, 4);
      case GAUSSIAN -> {
        requireRealsForGaussians();
        gaussians(states, Double.POSITIVE_INFINITY);
      }
      case TREE -> add(ladders, k -> new HiddenTree(k, false), 4, 2, 2);
      case AUTO, UNIVARIATE -> addAll(ladders, states);
      case GRID -> add(ladders, k -> new Grid(family.height(), family.width(), k), 4, 2, 2);
      case FOREST -> {
        int deepest = states > 0 ? states : DEEPEST_FOREST;
        for (int depth = states; depth <= deepest; depth++) {
          attempt(Recipe.of(new Forest(depth), false), true);
        }
      }
      case RANDOM -> add(ladders, Search::random, 2, 2, 2);
    }
    if (family.kind() == Family.Kind.AUTO && states == 0 && hasRealsForGaussians()) {
      gaussians(0, GAUSSIANS_SHARE);
    }
    climb(ladders, states);
    if (family.kind() == Family.Kind.AUTO || family.kind() == Family.Kind.UNIVARIATE) {
      if (isMostlyOfStates()) {
        forests();
        if (states == 0) {
          largeMixtures();
        }
      }
      vary();
    }
    if (family.kind() != Family.Kind.FOREST && family.kind() != Family.Kind.GAUSSIAN) {
      finish();
    }
  }

  /** All families that suit the table, cheap ones first. */
  private void addAll(List<Ladder> ladders, int states) {
    int numColumns = numColumns();
    IntFunction<Structure> mixture = k -> new Mixture(Math.min(k, LARGEST_MIXTURE));
    if (judge.hasClass()) {
      ladders.add(new Ladder(mixture, true, 1, 4));
    } else {
      ladders.add(new Ladder(mixture, false, 4, 4));
    }
    add(ladders, k -> new HiddenTree(k, false), 4, 2, 2);
    if (states == 0) {
      int side = (int) Math.round(Math.sqrt(numColumns));
      if (side * side == numColumns && side >= SMALLEST_SIDE) {
        ladders.add(new Ladder(k -> new Grid(side, side, k), judge.hasClass(), 4, 2));
      }
      ladders.add(new Ladder(Search::random, judge.hasClass(), 2, 2));
    }
  }

  /** Columns beside the class. */
  private int numColumns() {
    return folds.train().get(0).variables().size() - (judge.hasClass() ? 1 : 0);
  }

  private boolean isMostlyOfStates() {
    long numCategorical =
        folds.train().get(0).variables().stream().filter(Categorical.class::isInstance).count();
    return 2 * numCategorical > numColumns();
  }

  /** Deterministic trees. */
  private void forests() {
    if (numColumns() <= MOST_FOREST_COLUMNS) {
      for (int depth : new int[] {0, DEEPEST_FOREST / 2}) {
        attempt(Recipe.of(new Forest(depth), false), false);
      }
    }
  }

  /** Alone they are poor, but they know rows that come again nearly the same. */
  private void largeMixtures() {
    if (!judge.hasClass()) {
      int most = Math.min(LARGEST_MIXTURE, fitter.mostStates(folds.train().get(0), false));
      for (int k : new int[] {Math.max(1, most / 4), most}) {
        attempt(Recipe.of(new Mixture(k), false), false);
      }
    }
  }

  private boolean hasRealsForGaussians() {
    List<Variable> variables = folds.train().get(0).variables();
    int[] all = IntStream.range(0, variables.size()).toArray();
    int count = FullGaussians.reals(variables, all).length;
    return count >= 2 && count <= FullGaussians.MOST_REALS;
  }

  private void requireRealsForGaussians() {
    if (!hasRealsForGaussians()) {
      throw new CircuitException(
          "gaussian needs 2 columns of reals without a domain; found fewer: mixture suits columns"
              + " of states and counts");
    }
  }

  /**
   * Gaussians with full covariances: without a guide, and with the one that says most of the reals;
   * each with the ridge that suits it, as many components as help, and other random numbers.
   *
   * @param share of the effort that is left, which they may take
   */
  private void gaussians(int states, double share) {
    shareLeft = share;
    Tried guided = null;
    int guideStates = 1;
    for (Categorical guide : guides()) {
      Tried next = attempt(full(guide.numStates() * Math.max(1, states), guide.name()));
      boolean isBetter = next != null && (guided == null || next.merit > guided.merit);
      guided = isBetter ? next : guided;
      guideStates = isBetter ? guide.numStates() : guideStates;
    }
    if (guided != null) {
      improve(guided, guideStates, states == 0);
    }
    Tried plain = attempt(full(Math.max(1, states), ""));
    if (plain != null) {
      improve(plain, 1, states == 0);
    }
  }

  /** Columns of states whose states may have components of their own: the class if there is one. */
  private List<Categorical> guides() {
    return folds.train().get(0).variables().stream()
        .filter(Categorical.class::isInstance)
        .map(Categorical.class::cast)
        .filter(c -> c.numStates() > 1 && c.numStates() <= MOST_GUIDE_STATES)
        .filter(c -> !judge.hasClass() || judge.isClass(c))
        .limit(MOST_GUIDES)
        .toList();
  }

  /**
   * Varies one.
   *
   * @param fewest components it may have; with so many nothing is random
   */
  private void improve(Tried first, int fewest, boolean isGrowing) {
    Tried best = first;
    for (int step : new int[] {-1, 1}) {
      for (int i = FIRST_RIDGE + step; i >= 0 && i < RIDGES.length; i += step) {
        Tried next = attempt(best.gaussians().withRidge(RIDGES[i]));
        if (next == null || !(next.merit > best.merit)) {
          break;
        }
        best = next;
      }
    }
    int most = fitter.mostStates(folds.train().get(0), false);
    while (isGrowing && best.gaussians().components() < most) {
      Tried next = attempt(best.gaussians().twice());
      if (next == null || !(next.merit > best.merit + leastGain(next))) {
        break;
      }
      best = next;
    }
    for (int variant = 2;
        variant <= VARIANTS && best.gaussians().components() > fewest;
        variant++) {
      affordable(best.recipe.withVariant(variant));
    }
  }

  private @Nullable Tried attempt(FullGaussians gaussians) {
    return affordable(Recipe.of(gaussians, false));
  }

  /** Tries full covariances where their share of the effort allows it. */
  private @Nullable Tried affordable(Recipe recipe) {
    double taken = effort.share(work(recipe), passes());
    if (taken > shareLeft) {
      return null;
    }
    shareLeft -= taken;
    return attempt(recipe, false);
  }

  private static FullGaussians full(int components, String guide) {
    return new FullGaussians(components, RIDGES[FIRST_RIDGE], guide);
  }

  private static Structure random(int states) {
    return new RandomRegions(states, RandomRegions.REPETITIONS);
  }

  /** Learns the parameters of a circuit on, unless it is best as it was. */
  void run(Circuit start) {
    attempt(Recipe.of(new Mixture(1), false), true);
    attempt(Recipe.of(new Given(start, Given.Use.AS_IT_WAS), false), true);
    counts(new Given(start, Given.Use.LEARNED_ON));
    finish();
  }

  /** Learns parameters for the structure of a circuit. */
  void runStructure(Circuit circuit) {
    attempt(Recipe.of(new Mixture(1), false), true);
    Given given = new Given(circuit, Given.Use.STRUCTURE);
    counts(given);
    for (int variant = 2; variant <= VARIANTS; variant++) {
      attempt(bestAfterBaseline().recipe.withVariant(variant), false);
    }
    finish();
  }

  private void counts(Given given) {
    for (double count : new double[] {Recipe.PSEUDO_COUNT, 1, 10}) {
      boolean isFirst = count == Recipe.PSEUDO_COUNT;
      attempt(Recipe.of(given, false).withPseudoCount(count), isFirst);
    }
  }

  /** A family that grows while that helps. */
  private final class Ladder {
    private final IntFunction<Structure> structure;
    private final boolean byClass;
    private final int factor;
    private final int most;
    private int next;
    private double best = Double.NEGATIVE_INFINITY;

    Ladder(IntFunction<Structure> structure, boolean byClass, int first, int factor) {
      this.structure = structure;
      this.byClass = byClass;
      this.factor = factor;
      most = fitter.mostStates(folds.train().get(0), byClass);
      next = first;
    }

    Recipe recipe(int states) {
      return Recipe.of(structure.apply(states), byClass);
    }

    /** Tries the next size; false where the family has ended. */
    boolean grow() {
      if (next >= factor * most) {
        return false;
      }
      Tried now = attempt(recipe(next), tried.size() <= 1);
      if (now == null || !(now.merit > best + leastGain(now))) {
        return false;
      }
      best = now.merit;
      next *= factor;
      return true;
    }
  }

  /** Adds a family, also with a circuit of its own for each class where there are any. */
  private void add(
      List<Ladder> ladders,
      IntFunction<Structure> structure,
      int first,
      int firstByClass,
      int factor) {
    if (judge.hasClass()) {
      ladders.add(new Ladder(structure, true, firstByClass, factor));
    }
    ladders.add(new Ladder(structure, false, first, factor));
  }

  /** One size of each family, or all families by turns, growing while that helps. */
  private void climb(List<Ladder> ladders, int states) {
    if (states > 0) {
      for (Ladder ladder : ladders) {
        attempt(ladder.recipe(states), tried.size() <= 1);
      }
      return;
    }
    while (!ladders.isEmpty()) {
      ladders.removeIf(ladder -> !ladder.grow());
      double[] merit = ladders.stream().mapToDouble(l -> l.best).sorted().toArray();
      double median = merit.length == 0 ? 0 : merit[merit.length / 2];
      // the worse half goes no further where that would cost much (successive halving)
      ladders.removeIf(
          l -> l.best < median && effort.share(work(l.recipe(l.next)), passes()) > CHEAP);
    }
  }

  private double passes() {
    return folds.train().stream().mapToDouble(fitter::passes).sum();
  }

  private double work(Recipe recipe) {
    return folds.train().stream().mapToDouble(train -> fitter.work(recipe, train)).sum();
  }

  /** What a larger size must gain to be worth a still larger one: a share of what was gained. */
  private double leastGain(Tried next) {
    return LEAST_GAIN * Math.max(0, next.merit - tried.get(0).merit);
  }

  /** Other pseudo-counts for the best so far, then other random numbers. */
  private void vary() {
    Tried best = bestLearned();
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
    for (int variant = 2; variant <= VARIANTS; variant++) {
      attempt(best.recipe.withVariant(variant), false);
    }
  }

  /**
   * Learns the best on along gradients that tell classes apart, for as long as that helps: of all,
   * and of each family, and the simplest.
   */
  private void finish() {
    if (!fitter.isFinishing()) {
      return;
    }
    List<Tried> ranked = new ArrayList<>(tried.subList(1, tried.size()));
    ranked.sort(Comparator.comparingDouble(t -> -t.merit));
    Map<String, Tried> chosen = new LinkedHashMap<>();
    for (int i = 0; i < Math.min(FINISHED, ranked.size()); i++) {
      chosen.put(ranked.get(i).recipe.label(), ranked.get(i));
    }
    Set<String> families = new HashSet<>();
    for (Tried t : ranked) {
      Recipe r = t.recipe;
      if (families.add(r.structure().getClass().getName() + r.byClass())) {
        chosen.put(r.label(), t);
      }
    }
    tried.stream()
        .filter(t -> t.recipe.byClass())
        .findFirst()
        .ifPresent(t -> chosen.put(t.recipe.label(), t));
    for (Tried t : chosen.values()) {
      Tried last = t;
      for (int round = 1; round <= MOST_ROUNDS; round++) {
        Tried next = finish(last);
        if (next == null || !(next.merit > last.merit)) {
          break;
        }
        last = next;
      }
    }
  }

  private @Nullable Tried finish(Tried before) {
    double work = 0;
    double passes = 0;
    for (int f = 0; f < folds.size(); f++) {
      passes += Fitter.finishPasses(folds.train().get(f));
      work += Fitter.finishWork(before.circuits.get(f), folds.train().get(f));
    }
    if (before.hasFullCovariances()
        || !effort.allows(work, passes)
        || !judge.knowsClass(before.circuits.get(0))) {
      return null;
    }
    long began = System.nanoTime();
    Recipe recipe = before.recipe.withFinish(before.recipe.finish() + 1);
    List<Circuit> circuits = new ArrayList<>();
    for (int f = 0; f < folds.size(); f++) {
      circuits.add(fitter.finish(recipe, before.circuits.get(f), folds.train().get(f), place(f)));
    }
    return keep(recipe, circuits, began);
  }

  /** A power of ten as it is written. */
  private static double rounded(double count) {
    return Double.parseDouble("1e" + Math.round(Math.log10(count)));
  }

  /** The best, the independent columns aside unless nothing else was tried. */
  static Tried bestAfterBaseline(List<Tried> tried) {
    return tried.stream()
        .skip(tried.size() > 1 ? 1 : 0)
        .max(Comparator.comparingDouble(Tried::merit))
        .orElseThrow();
  }

  private Tried bestAfterBaseline() {
    return bestAfterBaseline(tried);
  }

  private Tried bestLearned() {
    return tried.stream()
        .filter(t -> t.recipe.structure().isLearned())
        .max(Comparator.comparingDouble(Tried::merit))
        .orElseThrow();
  }

  /** Tries a candidate; null where it does not fit into the effort. */
  private @Nullable Tried attempt(Recipe recipe, boolean always) {
    if (!always && !effort.allows(work(recipe), passes())) {
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
              recipe, folds.train().get(f), isWatched ? folds.valid().get(f) : null, place(f)));
    }
    return keep(recipe, circuits, began);
  }

  private static String place(int fold) {
    return "fold " + fold;
  }

  private Tried keep(Recipe recipe, List<Circuit> circuits, long began) {
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
        judge.merit(verdict, tried.isEmpty() ? verdict : tried.get(0).verdict),
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
