package org.ugmm.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Attempt.Cannot;
import org.ugmm.engine.Attempt.Found;
import org.ugmm.engine.data.Budget;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Normaliser;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Structure;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.flat.Reach;
import org.ugmm.engine.mpe.Ascent;
import org.ugmm.engine.mpe.BestFirst;
import org.ugmm.engine.mpe.BestLists;
import org.ugmm.engine.mpe.BlockPeaks;
import org.ugmm.engine.mpe.Box;
import org.ugmm.engine.mpe.CompiledError;
import org.ugmm.engine.mpe.ConditionedCircuit;
import org.ugmm.engine.mpe.Fronts;
import org.ugmm.engine.mpe.Incumbent;
import org.ugmm.engine.mpe.MaxPass;
import org.ugmm.engine.mpe.TaylorBound;
import org.ugmm.engine.number.Rounding;

/**
 * Most probable explanations of circuits without links, with proof: the assignment of all variables
 * that agrees with the evidence and has the greatest p(x, e), its value and a proven upper bound.
 *
 * <p>A deterministic and decomposable circuit is answered exactly by one pass of max-product. Any
 * other is searched: max-product and local ascent find candidates, and best-first branch and bound
 * over boxes of the reals and states of the categorical variables proves how good the best one is.
 * With Gaussians over several variables the bound is the sum of all peaks. Not thread-safe.
 */
final class MpeQueries {
  /** A value that rounding leaves less certain than this is ENCLOSED. */
  private static final double LARGEST_ERROR = 0x1p-10;

  /** A box of a circuit of this many edges more counts as one more box. */
  private static final int EDGES_OF_BOX = 500;

  /** Comparisons of points of fronts that cost about as much as a box. */
  private static final int COMPARISONS_OF_BOX = 5_000;

  private final FlatCircuit c;
  private final InferenceOptions options;
  private final LogEvaluator evaluator;
  private final @Nullable MaxPass maxPass;
  private final CompiledError compiled;

  /** Log of Z and a bound on its error, 0 where it is not known. */
  private final double logZ;

  private final double logZError;
  private final boolean normalised;

  /** [numVariables] whether the root's value depends on a variable. */
  private final boolean[] mentioned;

  MpeQueries(FlatCircuit circuit, Normaliser z, InferenceOptions options) {
    c = circuit;
    this.options = options;
    evaluator = new LogEvaluator(circuit);
    mentioned = Reach.variables(circuit);
    normalised = z.isKnown();
    logZ = z.logZ();
    logZError = z.relativeErrorBound();
    maxPass = circuit.structure().whyNotMaxPass() == null ? new MaxPass(circuit) : null;
    compiled = new CompiledError(circuit);
  }

  /** Whether one pass is enough: the circuit is deterministic and decomposable. */
  boolean isOnePass() {
    return maxPass != null;
  }

  /**
   * Finds an MPE.
   *
   * @throws RefusedException if the evidence has probability zero
   */
  Attempt<MpeAnswer> find(FlatEvidence evidence) {
    Why why = whyNotLikelihoods(evidence);
    if (why != null) {
      return new Cannot<>(why);
    }
    if (maxPass != null) {
      return new Found<>(byMaxPass(maxPass, evidence));
    }
    return c.hasBlocks() ? new Found<>(byPeaks(evidence)) : bySearch(evidence);
  }

  /** Why the k best are not found one after the other; null where they are. */
  static @Nullable Why whyNotBest(FlatCircuit circuit) {
    Structure structure = circuit.structure();
    return structure.whyNotMaxPass() != null ? structure.whyNotMaxPass() : structure.whyNotSmooth();
  }

  /**
   * The k best assignments, best first; fewer where fewer have positive probability.
   *
   * @throws RefusedException if the evidence has probability zero
   */
  List<MpeAnswer> best(FlatEvidence evidence, int k) {
    BestLists lists = new BestLists(c, evidence, k, false);
    if (lists.size() == 0) {
      throw RefusedException.zeroProbability();
    }
    BestLists bounds = new BestLists(c, evidence, k, true);
    List<MpeAnswer> answers = new ArrayList<>();
    for (int rank = 0; rank < lists.size(); rank++) {
      double[] assignment = ConditionedCircuit.defaults(c, evidence);
      lists.traceback(rank, assignment);
      Point point = evaluate(evidence, assignment);
      double upper = bounds.log(rank) + likelihoodOutside(evidence, assignment).upper();
      answers.add(answer(evidence, assignment, point, upper, 0, Double.POSITIVE_INFINITY));
    }
    return answers;
  }

  private MpeAnswer byMaxPass(MaxPass pass, FlatEvidence evidence) {
    double log = pass.run(evidence);
    if (log == Double.NEGATIVE_INFINITY) {
      throw RefusedException.zeroProbability();
    }
    double[] assignment = ConditionedCircuit.defaults(c, evidence);
    pass.traceback(evidence, assignment);
    Point outside = likelihoodOutside(evidence, assignment);
    double upper = pass.upper() + outside.upper();
    if (c.hasBlocks()) { // whose peaks are rounded
      Point point = evaluate(evidence, assignment);
      return answer(evidence, assignment, point, upper, 0, options.tolerance());
    }
    double error = pass.error() + outside.error + ofModel(evidence, log);
    Point point = new Point(log + outside.log, error);
    return answer(evidence, assignment, point, upper, 0, Double.POSITIVE_INFINITY);
  }

  /** The best of the peaks, and the sum of all as the bound. */
  private MpeAnswer byPeaks(FlatEvidence evidence) {
    BlockPeaks peaks = new BlockPeaks(c, evidence, evaluator);
    double upper = peaks.upper();
    double[] best = null;
    Point found = new Point(Double.NEGATIVE_INFINITY, 0);
    for (double[] candidate : peaks.candidates()) {
      Point point = evaluate(evidence, candidate);
      if (point.log > found.log) {
        best = candidate;
        found = point;
      }
    }
    if (best == null) {
      throw RefusedException.zeroProbability();
    }
    upper += likelihoodOutside(evidence, best).upper();
    return answer(evidence, best, found, upper, 0, options.tolerance());
  }

  private Attempt<MpeAnswer> bySearch(FlatEvidence evidence) {
    ConditionedCircuit conditioned = new ConditionedCircuit(c, evidence);
    Incumbent incumbent = new Incumbent(conditioned.numDimensions);
    TaylorBound bound = new TaylorBound(conditioned);
    double tolerance = options.tolerance();
    // a tenth of the tolerance is left for the rounding between this and the evaluator
    double enough = 0.9 * tolerance;
    double upper = Double.POSITIVE_INFINITY;
    long comparisons = COMPARISONS_OF_BOX * options.budget().boxes();
    Fronts fronts = c.structure().isDecomposable() ? Fronts.of(conditioned, comparisons) : null;
    if (fronts != null) {
      bound.offer(fronts.point(), incumbent);
      upper = fronts.upper();
    }
    long boxes = 0;
    boolean isComplete = fronts != null && fronts.isComplete();
    if (!isComplete) {
      new Ascent(conditioned).run(bound, incumbent);
    }
    if (!isComplete && upper > incumbent.value + enough) {
      BestFirst search = new BestFirst(bound, incumbent, enough);
      Box root = new Box(conditioned.rootLo.clone(), conditioned.rootHi.clone());
      long edges = Math.max(1, conditioned.numEdges() / EDGES_OF_BOX);
      Budget budget = options.budget();
      upper = Math.min(upper, search.search(root, budget.withBoxes(budget.boxes() / edges)));
      boxes = search.boxes();
    }
    if (incumbent.value == Double.NEGATIVE_INFINITY) {
      if (upper == Double.NEGATIVE_INFINITY) {
        throw RefusedException.zeroProbability();
      }
      return Attempt.cannot(
          Why.Reason.BUDGET,
          "no assignment of positive probability was found within %d boxes".formatted(boxes));
    }
    double[] assignment = conditioned.assignment(c, evidence, incumbent.point);
    Point point = evaluate(evidence, assignment);
    upper += likelihoodOutside(evidence, assignment).upper();
    return new Found<>(answer(evidence, assignment, point, upper, boxes, tolerance));
  }

  /** Log of f at an assignment, likelihoods included, and a bound on its error. */
  private record Point(double log, double error) {
    double upper() {
      return log + error;
    }
  }

  private Point evaluate(FlatEvidence evidence, double[] assignment) {
    FlatEvidence complete = new FlatEvidence(c);
    complete.row(assignment, 0);
    double log = evaluator.upward(complete);
    double error = evaluator.logErrorBound();
    for (int v = 0; v < assignment.length; v++) {
      if (evidence.form[v] == FlatEvidence.LIKELIHOOD) {
        double likelihood = evidence.logLikelihood[v][(int) assignment[v]];
        log += likelihood;
        error += Rounding.U * (2 * Math.abs(likelihood) + Math.abs(log));
      }
    }
    return new Point(log, error);
  }

  /** What compiling may have changed of the greatest log, and of that of an assignment. */
  private double ofModel(FlatEvidence evidence, double log) {
    double likelihoods = 0;
    for (double[] ofStates : evidence.logLikelihood) {
      likelihoods += Math.max(0, Arrays.stream(ofStates).max().orElse(0));
    }
    return compiled.of(log - likelihoods);
  }

  private MpeAnswer answer(
      FlatEvidence evidence,
      double[] assignment,
      Point point,
      double upper,
      long boxes,
      double tolerance) {
    double rounding = Rounding.U * (Math.abs(point.log) + Math.abs(logZ) + Math.abs(upper));
    double value = point.log - logZ;
    double error = point.error + logZError + 2 * rounding;
    double above = upper - logZ + logZError + 2 * rounding + ofModel(evidence, point.log);
    double logUpperBound = Math.max(value, above);
    double gap = logUpperBound - value;
    Certificate certificate =
        gap <= tolerance && error < LARGEST_ERROR
            ? new Exact(Math.expm1(Math.max(error, gap)))
            : new Enclosed(value - error, Math.max(value + error, logUpperBound));
    return new MpeAnswer(assignment, value, logUpperBound, normalised, certificate, boxes);
  }

  /** The log likelihoods of variables that the circuit does not mention. */
  private Point likelihoodOutside(FlatEvidence evidence, double[] assignment) {
    double sum = 0;
    double error = 0;
    for (int v = 0; v < assignment.length; v++) {
      if (evidence.form[v] == FlatEvidence.LIKELIHOOD && !mentioned[v]) {
        double likelihood = evidence.logLikelihood[v][(int) assignment[v]];
        sum += likelihood;
        error += 2 * Rounding.U * (Math.abs(likelihood) + Math.abs(sum));
      }
    }
    return new Point(sum, error);
  }

  /** Why a likelihood vector cannot be maximised with the rest; null where it can. */
  private @Nullable Why whyNotLikelihoods(FlatEvidence evidence) {
    Structure structure = c.structure();
    Why why =
        structure.whyNotSmooth() != null
            ? structure.whyNotSmooth()
            : structure.whyNotDecomposable();
    for (int v = 0; why != null && v < mentioned.length; v++) {
      for (double log : evidence.logLikelihood[v]) {
        if (mentioned[v] && log != 0 && log != Double.NEGATIVE_INFINITY) {
          return why;
        }
      }
    }
    return null;
  }
}
