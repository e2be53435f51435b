package org.ugmm.tool.answer;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.MarginalMap;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Why;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.table.ValueReader;

/** What can be asked, parsed once; the same for a single query and for every row of a table. */
public sealed interface Question
    permits RowQuestion, Question.Joint, Question.KBest, Question.MapOf, Question.Sample {
  /** The words that {@code --query} takes. */
  String EXPECTED =
      "expected log-density, marginal, posterior=NAME, quantiles=NAME:p;p, mpe or class, several"
          + " separated by commas";

  Set<String> WORDS = Set.of("log-density", "marginal", "posterior", "quantiles", "mpe", "class");

  /** The question as {@code --query} or an option of {@code query} spells it. */
  String text(Circuit circuit);

  /**
   * Asks about one set of evidence.
   *
   * @throws org.ugmm.engine.data.RefusedException if there is no answer with an allowed certificate
   */
  Answer ask(Inference inference, Evidence evidence);

  /** The probability of every joint state of some categorical variables. */
  record Joint(int[] variables) implements Question {
    /** Joint states that are listed. */
    private static final int MAX_STATES = 4096;

    @Override
    public String text(Circuit circuit) {
      return "joint";
    }

    @Override
    public Answer ask(Inference inference, Evidence evidence) {
      long numStates = 1;
      for (int v : variables) {
        if (!(inference.circuit().variables().get(v) instanceof Categorical categorical)) {
          throw new InputException(
              "variable '%s' is real; expected categorical variables for --joint"
                  .formatted(inference.circuit().variables().get(v).name()));
        }
        if (!evidence.isUnobserved(v)) {
          throw new InputException(
              "variable '%s' is given; expected variables without evidence for --joint"
                  .formatted(categorical.name()));
        }
        numStates *= categorical.numStates();
        if (numStates > MAX_STATES) {
          throw new RefusedException(
              "",
              Why.of(
                  Why.Reason.TOO_MANY_STATES,
                  "the variables of --joint have more than %d joint states".formatted(MAX_STATES)),
              "ask for fewer of them");
        }
      }
      int[][] states = new int[(int) numStates][variables.length];
      List<LogProbability> probabilities = new ArrayList<>();
      for (int j = 0; j < numStates; j++) {
        Evidence query = new Evidence(inference.circuit());
        int rest = j;
        for (int i = variables.length - 1; i >= 0; i--) {
          int count = ((Categorical) inference.circuit().variables().get(variables[i])).numStates();
          states[j][i] = rest % count;
          rest /= count;
          query.observe(variables[i], states[j][i]);
        }
        probabilities.add(inference.conditional(query, evidence));
      }
      return new Answer.Joint(variables, states, probabilities);
    }
  }

  /** The K most probable explanations. */
  record KBest(int count) implements Question {
    @Override
    public String text(Circuit circuit) {
      return "k-best";
    }

    @Override
    public Answer ask(Inference inference, Evidence evidence) {
      return new Answer.Explanations(
          inference.best(evidence, count).stream()
              .map(best -> Answer.Explanations.given(best, inference, evidence))
              .toList());
    }
  }

  /** The most probable values of some variables together, the others summed out. */
  record MapOf(int[] variables) implements Question {
    @Override
    public String text(Circuit circuit) {
      return "map";
    }

    @Override
    public Answer ask(Inference inference, Evidence evidence) {
      String[] names =
          IntStream.of(variables)
              .mapToObj(v -> inference.circuit().variables().get(v).name())
              .toArray(String[]::new);
      MarginalMap map = inference.marginalMap(evidence, names);
      MpeAnswer values =
          new MpeAnswer(
              map.values(),
              map.logValue(),
              map.logUpperBound(),
              map.normalised(),
              map.certificate(),
              map.boxes());
      return new Answer.Chosen(variables, Answer.Explanations.given(values, inference, evidence));
    }
  }

  /** Rows drawn given the evidence. */
  record Sample(int count) implements Question {
    @Override
    public String text(Circuit circuit) {
      return "sample";
    }

    @Override
    public Answer ask(Inference inference, Evidence evidence) {
      return new Answer.Samples(inference.sample(evidence, count));
    }
  }

  /**
   * Parses what {@code --query} says, such as {@code marginal,class,posterior=x}. A name may hold
   * commas: a part that begins no question belongs to the one before.
   *
   * @param classVariable the variable that {@code class} asks for, -1 where that is not known
   * @throws UsageException if it is no question
   * @throws InputException if there is no such variable
   */
  static List<RowQuestion> parse(String text, Circuit circuit, int classVariable) {
    List<String> parts = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      String word = part.strip().split("=", 2)[0];
      boolean isNew =
          WORDS.contains(word) && (part.contains("=") == isAboutVariable(word)) || parts.isEmpty();
      if (isNew) {
        parts.add(part.strip());
      } else {
        parts.set(parts.size() - 1, parts.get(parts.size() - 1) + "," + part);
      }
    }
    List<RowQuestion> questions = new ArrayList<>();
    for (String part : parts) {
      String word = part.split("=", 2)[0];
      if (!WORDS.contains(word) || part.contains("=") != isAboutVariable(word)) {
        throw new UsageException("--query %s; %s".formatted(part, EXPECTED));
      }
      String argument = part.contains("=") ? part.substring(part.indexOf('=') + 1) : "";
      switch (word) {
        case "log-density" -> questions.add(new RowQuestion.Log(true));
        case "marginal" -> questions.add(new RowQuestion.Log(false));
        case "mpe" -> questions.add(new RowQuestion.Mpe(circuit.numVariables()));
        case "class" -> questions.add(posterior(circuit, classVariable, true));
        case "posterior" -> {
          for (int variable : variables(circuit, argument)) {
            questions.add(posterior(circuit, variable, false));
          }
        }
        default -> questions.add(quantiles(circuit, argument));
      }
    }
    return questions;
  }

  /** The question for the posterior of a variable. */
  static RowQuestion posterior(Circuit circuit, int variable, boolean isClass) {
    int numStates =
        circuit.variables().get(variable) instanceof Categorical of ? of.numStates() : 0;
    return new RowQuestion.PosteriorOf(variable, isClass, numStates);
  }

  private static boolean isAboutVariable(String word) {
    return word.equals("posterior") || word.equals("quantiles");
  }

  /** The variables of a list of names; a name with a comma in it is taken as a whole. */
  static int[] variables(Circuit circuit, String names) {
    if (circuit.variables().stream().anyMatch(v -> v.name().equals(names))) {
      return new int[] {circuit.indexOf(names)};
    }
    return List.of(names.split(",", -1)).stream()
        .mapToInt(name -> circuit.indexOf(name.strip()))
        .distinct()
        .toArray();
  }

  private static RowQuestion quantiles(Circuit circuit, String argument) {
    int colon = argument.lastIndexOf(':');
    if (colon < 1) {
      throw new UsageException(
          "--query quantiles=%s; expected quantiles=NAME:p;p, such as quantiles=x:0.05;0.95"
              .formatted(argument));
    }
    int variable = circuit.indexOf(argument.substring(0, colon));
    if (circuit.variables().get(variable) instanceof Categorical categorical) {
      throw new InputException(
          "variable '%s' is categorical; expected a real variable for quantiles"
              .formatted(categorical.name()));
    }
    List<Double> levels = new ArrayList<>();
    for (String part : argument.substring(colon + 1).split(";", -1)) {
      double level = ValueReader.number(part.strip());
      if (!(level > 0 && level < 1)) {
        throw new UsageException(
            "--query quantiles: '%s'; expected numbers between 0 and 1, separated by ';'"
                .formatted(part));
      }
      levels.add(level);
    }
    return new RowQuestion.Quantiles(variable, levels);
  }
}
