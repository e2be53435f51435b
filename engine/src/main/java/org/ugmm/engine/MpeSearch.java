package org.ugmm.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.MpeOptions;
import org.ugmm.engine.data.Normaliser;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Structure;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.flat.Reach;
import org.ugmm.engine.mpe.Ascent;
import org.ugmm.engine.mpe.BestFirst;
import org.ugmm.engine.mpe.BestLists;
import org.ugmm.engine.mpe.Box;
import org.ugmm.engine.mpe.Incumbent;
import org.ugmm.engine.mpe.MaxPass;
import org.ugmm.engine.mpe.Residual;
import org.ugmm.engine.mpe.TaylorBound;
import org.ugmm.engine.number.Rounding;

/**
 * Most probable explanations with proof: the assignment of all variables that agrees with the
 * evidence and has the greatest p(x, e), its value and a proven upper bound.
 *
 * <p>A deterministic and decomposable circuit is answered exactly by one pass of max-product. Any
 * other circuit without links is searched: max-product and local ascent find candidates, and
 * best-first branch and bound over boxes of the reals and states of the categorical variables
 * proves how good the best one is. Evidence may be a point, an interval (the density is maximised
 * within it), a set of states, or a likelihood vector (the likelihood of the state is a factor of
 * what is maximised).
 *
 * <p>Where several assignments share the maximum, any one of them is returned, the same one every
 * time. A circuit with links is searched as {@link DeepInference} says. A variable that the value
 * does not depend on gets its first allowed state, the middle of its bounded interval or domain, or
 * the allowed point nearest to 0. Not thread-safe: one a thread; the circuit may be shared.
 */
public final class MpeSearch {
  /** A value that rounding leaves less certain than this is ENCLOSED. */
  private static final double LARGEST_ERROR = 0x1p-10;

  private final Circuit circuit;
  private final FlatCircuit c;
  private final @Nullable MaxPass maxPass;

  /** Answers circuits with links; null where there are none. */
  private final @Nullable DeepInference deep;

  /** Log of Z and a bound on its error, 0 where it is not known. */
  private final double logZ;

  private final double logZError;
  private final boolean normalised;

  /** [numVariables] whether the root's value depends on a variable. */
  private final boolean[] mentioned;

  /** Creates a search. */
  public MpeSearch(Circuit circuit) {
    this.circuit = circuit;
    c = circuit.flat;
    Structure structure = circuit.structure();
    deep = structure.hasLinks() ? new DeepInference(circuit) : null;
    mentioned = new boolean[c.numVariables()];
    boolean[] live = Reach.from(c, c.root);
    for (int n = 0; n <= c.root; n++) {
      if (live[n] && c.variable[n] >= 0) {
        mentioned[c.variable[n]] = true;
      }
    }
    Normaliser z = circuit.normaliser();
    normalised = z.isKnown();
    logZ = z.logZ();
    logZError = z.relativeErrorBound();
    maxPass =
        structure.isDeterministic() && structure.isDecomposable() && deep == null
            ? new MaxPass(c)
            : null;
  }

  /** Whether one pass is enough: the circuit is deterministic and decomposable. */
  public boolean isOnePass() {
    return maxPass != null;
  }

  /**
   * Finds an MPE.
   *
   * @param evidence what is known, of this circuit
   * @param options tolerance and budget; not used where one pass is enough
   * @throws RefusedException if the evidence has probability zero, or likelihoods other than 0 and
   *     1 are given for a circuit that is not smooth and decomposable
   */
  public MpeAnswer find(Evidence evidence, MpeOptions options) {
    if (deep != null) {
      return deep.mpe(evidence, options);
    }
    checkLikelihoods(evidence);
    return maxPass != null ? byMaxPass(maxPass, evidence) : bySearch(evidence, options);
  }

  /**
   * The k best assignments of a deterministic circuit, best first; fewer where fewer have positive
   * probability. They differ in their categorical variables; each has the best values of its reals.
   * The upper bound of each is that of all assignments not listed before it.
   *
   * @throws RefusedException if the circuit is not deterministic, smooth and decomposable, or the
   *     evidence has probability zero
   * @throws IllegalArgumentException if k is less than 1
   */
  public List<MpeAnswer> best(Evidence evidence, int k) {
    if (k < 1) {
      throw new IllegalArgumentException("k %d; expected at least 1".formatted(k));
    }
    Structure structure = c.structure();
    String why =
        Stream.of(
                structure.whyLinks(),
                structure.whyNotDeterministic(),
                structure.whyNotSmooth(),
                structure.whyNotDecomposable())
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(null);
    if (why != null) {
      throw new RefusedException(
          "the k best assignments need a deterministic, smooth and decomposable circuit, but "
              + why
              + "; ask for one MPE, which is searched with proof in any circuit");
    }
    checkLikelihoods(evidence);
    BestLists lists = new BestLists(c, evidence.flat, k);
    if (lists.size() == 0) {
      throw Residual.zeroProbability();
    }
    List<MpeAnswer> answers = new ArrayList<>();
    for (int rank = 0; rank < lists.size(); rank++) {
      double[] assignment = Residual.defaults(c, evidence.flat);
      lists.traceback(rank, assignment);
      Point point = evaluate(evidence, assignment);
      double slack = 2 * point.error;
      answers.add(answer(assignment, point, point.log + slack, 0, Double.POSITIVE_INFINITY));
    }
    return answers;
  }

  private MpeAnswer byMaxPass(MaxPass pass, Evidence evidence) {
    double log = pass.run(evidence.flat);
    if (log == Double.NEGATIVE_INFINITY) {
      throw Residual.zeroProbability();
    }
    double[] assignment = Residual.defaults(c, evidence.flat);
    pass.traceback(evidence.flat, assignment);
    double outside = likelihoodOutside(evidence, assignment);
    Point point = new Point(log + outside, pass.error() + 4 * Rounding.U * Math.abs(outside));
    return answer(assignment, point, pass.upper() + outside, 0, Double.POSITIVE_INFINITY);
  }

  private MpeAnswer bySearch(Evidence evidence, MpeOptions options) {
    Residual residual = new Residual(c, evidence.flat);
    Incumbent incumbent = new Incumbent(residual.numDimensions);
    TaylorBound bound = new TaylorBound(residual);
    new Ascent(residual).run(bound, incumbent);
    // a tenth of the tolerance is left for the rounding between this and the evaluator
    BestFirst search = new BestFirst(bound, incumbent, 0.9 * options.tolerance());
    Box root = new Box(residual.rootLo.clone(), residual.rootHi.clone());
    double upper = search.search(root, options.maxBoxes(), options.maxNanos());
    if (incumbent.value == Double.NEGATIVE_INFINITY) {
      if (upper == Double.NEGATIVE_INFINITY) {
        throw Residual.zeroProbability();
      }
      throw new RefusedException(
          "no assignment of positive probability was found within %d boxes; raise the budget"
              .formatted(search.boxes()));
    }
    double[] assignment = residual.assignment(c, evidence.flat, incumbent.point);
    Point point = evaluate(evidence, assignment);
    double outside = likelihoodOutside(evidence, assignment);
    return answer(assignment, point, upper + outside, search.boxes(), options.tolerance());
  }

  /** Log of f at an assignment, likelihoods included, and a bound on its error. */
  private record Point(double log, double error) {}

  private Point evaluate(Evidence evidence, double[] assignment) {
    FlatEvidence complete = new FlatEvidence(c);
    LogEvaluator evaluator = new LogEvaluator(c);
    complete.row(assignment, 0);
    double log = evaluator.upward(complete);
    double error = evaluator.logErrorBound();
    for (int v = 0; v < assignment.length; v++) {
      if (evidence.flat.form[v] == FlatEvidence.LIKELIHOOD) {
        double likelihood = evidence.flat.logLikelihood[v][(int) assignment[v]];
        log += likelihood;
        error += Rounding.U * (2 * Math.abs(likelihood) + Math.abs(log));
      }
    }
    return new Point(log, error);
  }

  private MpeAnswer answer(
      double[] assignment, Point point, double upper, long boxes, double tolerance) {
    double rounding = Rounding.U * (Math.abs(point.log) + Math.abs(logZ) + Math.abs(upper));
    double value = point.log - logZ;
    double error = point.error + logZError + 2 * rounding;
    double logUpperBound = Math.max(value, upper - logZ + logZError + 2 * rounding);
    double gap = logUpperBound - value;
    Certificate certificate =
        gap <= tolerance && error < LARGEST_ERROR
            ? new Exact(Math.expm1(Math.max(error, gap)))
            : new Enclosed(value - error, Math.max(value + error, logUpperBound));
    return new MpeAnswer(assignment, value, logUpperBound, normalised, certificate, boxes);
  }

  /** The log likelihoods of variables that the circuit does not mention. */
  private double likelihoodOutside(Evidence evidence, double[] assignment) {
    double sum = 0;
    for (int v = 0; v < assignment.length; v++) {
      if (evidence.flat.form[v] == FlatEvidence.LIKELIHOOD && !mentioned[v]) {
        sum += evidence.flat.logLikelihood[v][(int) assignment[v]];
      }
    }
    return sum;
  }

  private void checkLikelihoods(Evidence evidence) {
    if (evidence.circuit() != circuit) {
      throw new IllegalArgumentException("the evidence is about another circuit");
    }
    Structure structure = c.structure();
    String why =
        structure.whyNotSmooth() != null
            ? structure.whyNotSmooth()
            : structure.whyNotDecomposable();
    if (why == null) {
      return;
    }
    for (int v = 0; v < mentioned.length; v++) {
      for (double log : evidence.flat.logLikelihood[v]) {
        if (mentioned[v] && log != 0 && log != Double.NEGATIVE_INFINITY) {
          throw new RefusedException(
              ("likelihoods of variable '%s' need a smooth and decomposable circuit, but %s;"
                      + " give a set of states instead")
                  .formatted(c.variables.get(v).name(), why));
        }
      }
    }
  }
}
