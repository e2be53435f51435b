package org.ugmm.tool.answer;

import java.util.ArrayList;
import java.util.List;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.Certificate.Kind;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Why;
import org.ugmm.tool.out.InputException;

/**
 * Single queries on a circuit, each given only with an allowed certificate. Safe to share between
 * threads.
 *
 * <p>Every method throws {@link RefusedException} where there is no such answer.
 */
public final class Answers {
  /** Joint states that are listed. */
  private static final int MAX_JOINT = 4096;

  private final Circuit circuit;
  private final Inference inference;

  public Answers(Circuit circuit, AskOptions options) {
    this.circuit = circuit;
    inference =
        new Inference(
            circuit,
            InferenceOptions.DEFAULT
                .allowing(options.allowed().toArray(new Kind[0]))
                .withSeed(options.seed()));
  }

  LogProbability logDensity(Evidence evidence) {
    return inference.logDensity(evidence);
  }

  LogProbability marginal(Evidence evidence) {
    return inference.marginal(evidence);
  }

  Posterior posterior(int variable, Evidence evidence) {
    return inference.posterior(variable, evidence);
  }

  MpeAnswer mpe(Evidence evidence) {
    return inference.mpe(evidence);
  }

  /** The {@code count} most probable explanations, the most probable first. */
  List<MpeAnswer> best(Evidence evidence, int count) {
    return inference.best(evidence, count);
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
            "",
            Why.of(
                Why.Reason.TOO_MANY_STATES,
                "the variables of --joint have more than %d joint states".formatted(MAX_JOINT)),
            "ask for fewer of them");
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
      probabilities.add(inference.conditional(query, evidence));
    }
    return new Answer.Joint(variables, states, probabilities);
  }

  /** Whether a refusal says that the evidence has probability zero: nothing follows from it. */
  static boolean isZero(RefusedException refusal) {
    return refusal.why().reason() == Why.Reason.ZERO_PROBABILITY;
  }

  /** Row-major [count][variables]. */
  double[] sample(Evidence evidence, int count) {
    return inference.sample(evidence, count);
  }
}
