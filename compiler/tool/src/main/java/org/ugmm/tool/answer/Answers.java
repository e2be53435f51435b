package org.ugmm.tool.answer;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.DeepInference;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.MpeSearch;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Kind;
import org.ugmm.engine.data.IntegralOptions;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.MpeOptions;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.Words;

/**
 * Single queries on a circuit, each given only with an allowed certificate. Not thread-safe.
 *
 * <p>Every method throws {@link RefusedException} where there is no such answer.
 */
public final class Answers {
  /* A row is to take a second at most: two proofs are tried. */
  private static final double ENCLOSED_WIDTH = 1e-3;
  private static final long ENCLOSED_BOXES = 20_000;
  private static final long ENCLOSED_NANOS = 400_000_000;

  /** Wider enclosures of a natural log are not given for an answer. */
  private static final double ENCLOSED_ENOUGH = 0.1;

  /** Joint states that are listed. */
  private static final int MAX_JOINT = 4096;

  private final Circuit circuit;
  private final Set<Kind> allowed;
  private final Inference inference;
  private final long seed;
  private @Nullable MpeSearch search;

  public Answers(Circuit circuit, AskOptions options) {
    this.circuit = circuit;
    allowed = options.allowed();
    seed = options.seed();
    // estimates are asked for here, with our seed, once it is clear that nothing better exists
    inference = new Inference(circuit).allow(Kind.EXACT, Kind.ENCLOSED);
  }

  LogProbability logDensity(Evidence evidence) {
    LogProbability answer = inference.logDensity(evidence);
    requireAllowed(answer.certificate());
    return answer;
  }

  LogProbability marginal(Evidence evidence) {
    LogProbability answer;
    try {
      answer = inference.marginal(evidence);
    } catch (RefusedException e) {
      if (isEnclosable(evidence)) {
        answer =
            new DeepInference(circuit)
                .enclosedMarginal(evidence, ENCLOSED_WIDTH, ENCLOSED_BOXES, ENCLOSED_NANOS);
        if (answer.certificate() instanceof Enclosed enclosed
            && enclosed.hi() - enclosed.lo() <= ENCLOSED_ENOUGH) {
          return answer;
        }
      }
      requireEstimates(e);
      answer = new DeepInference(circuit).marginal(evidence, integralOptions());
    }
    requireAllowed(answer.certificate());
    return answer;
  }

  Posterior posterior(int variable, Evidence evidence) {
    Posterior answer;
    try {
      answer = inference.posterior(variable, evidence);
    } catch (RefusedException e) {
      boolean isCategorical = circuit.variables().get(variable) instanceof Categorical;
      RefusedException refusal = e;
      if (isCategorical && isEnclosable(evidence)) {
        try {
          return new DeepInference(circuit)
              .enclosedPosterior(
                  variable, evidence, ENCLOSED_WIDTH, ENCLOSED_BOXES, ENCLOSED_NANOS);
        } catch (RefusedException notProven) {
          refusal = notProven;
        }
      }
      requireEstimates(refusal);
      if (isZero(evidence) || !circuit.structure().hasLinks()) {
        throw refusal;
      }
      DeepInference deep = new DeepInference(circuit);
      answer =
          isCategorical
              ? deep.posterior(variable, evidence, integralOptions())
              : deep.moments(variable, evidence, integralOptions());
    }
    requireAllowed(answer.certificate());
    return answer;
  }

  /** Whether interval bounds can prove something: there are links, and every gap is bounded. */
  private boolean isEnclosable(Evidence evidence) {
    if (!allowed.contains(Kind.ENCLOSED) || !circuit.structure().hasLinks()) {
      return false;
    }
    for (int v = 0; v < circuit.numVariables(); v++) {
      if (circuit.variables().get(v) instanceof Real real
          && evidence.isUnobserved(v)
          && !(real.isBounded() && real.prior() == null)) {
        return false;
      }
    }
    return true;
  }

  MpeAnswer mpe(Evidence evidence) {
    if (search == null) {
      search = new MpeSearch(circuit);
    }
    MpeAnswer answer = search.find(evidence, MpeOptions.DEFAULT);
    requireAllowed(answer.certificate());
    return answer;
  }

  /** The {@code count} most probable explanations, the most probable first. */
  List<MpeAnswer> best(Evidence evidence, int count) {
    if (search == null) {
      search = new MpeSearch(circuit);
    }
    List<MpeAnswer> answers = search.best(evidence, count);
    answers.forEach(answer -> requireAllowed(answer.certificate()));
    return answers;
  }

  /** The conditional probability of each joint state of categorical variables. */
  Answer joint(int[] variables, Evidence evidence) {
    long numStates = 1;
    for (int v : variables) {
      if (!(circuit.variables().get(v) instanceof Categorical categorical)) {
        throw new InputException(
            "variable '%s' is real; expected categorical variables for --joint"
                .formatted(circuit.variables().get(v).name()));
      }
      if (!evidence.isUnobserved(v)) {
        throw new InputException(
            "variable '%s' is given; expected variables without evidence for --joint"
                .formatted(categorical.name()));
      }
      numStates *= categorical.numStates();
      if (numStates > MAX_JOINT) {
        throw new RefusedException(
            "the variables of --joint have more than %d joint states; ask for fewer of them"
                .formatted(MAX_JOINT));
      }
    }
    int[][] states = new int[(int) numStates][variables.length];
    List<LogProbability> probabilities = new ArrayList<>();
    for (int j = 0; j < numStates; j++) {
      Evidence query = new Evidence(circuit);
      int rest = j;
      for (int i = variables.length - 1; i >= 0; i--) {
        int count = ((Categorical) circuit.variables().get(variables[i])).numStates();
        states[j][i] = rest % count;
        rest /= count;
        query.observe(variables[i], states[j][i]);
      }
      LogProbability answer = inference.conditional(query, evidence);
      requireAllowed(answer.certificate());
      probabilities.add(answer);
    }
    return new Answer.Joint(variables, states, probabilities);
  }

  /** Whether the evidence is known to have probability zero, so that nothing follows from it. */
  boolean isZero(Evidence evidence) {
    try {
      return inference.marginal(evidence).value() == Double.NEGATIVE_INFINITY;
    } catch (RefusedException e) {
      return false;
    }
  }

  /** Row-major [count][variables]. */
  double[] sample(Evidence evidence, int count) {
    return inference.sample(evidence, count, seed);
  }

  /** Rethrows a refusal unless estimates are allowed and the circuit is one that has them. */
  private void requireEstimates(RefusedException refusal) {
    if (!circuit.structure().hasLinks()) {
      throw refusal;
    }
    if (!allowed.contains(Kind.ESTIMATED)) {
      throw new RefusedException(
          refusal.getMessage() + " (--allow exact,enclosed,estimated allows them)");
    }
  }

  private IntegralOptions integralOptions() {
    IntegralOptions options = IntegralOptions.DEFAULT;
    return new IntegralOptions(options.relativeTolerance(), options.maxEvaluations(), seed);
  }

  private void requireAllowed(Certificate certificate) {
    if (!allowed.contains(certificate.kind())) {
      throw new RefusedException(
          "the answer found is %s; allow that with --allow exact,%s"
              .formatted(Words.certificate(certificate), Words.kind(certificate)));
    }
  }
}
