package org.ugmm.tool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.formula.Formula;
import org.ugmm.tool.answer.Answer;
import org.ugmm.tool.answer.Given;
import org.ugmm.tool.answer.QueryJson;
import org.ugmm.tool.answer.QueryOutput;
import org.ugmm.tool.answer.QueryText;
import org.ugmm.tool.answer.Question;
import org.ugmm.tool.answer.RowQuestion;
import org.ugmm.tool.out.Refusal;
import org.ugmm.tool.out.UsageException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ugmm query}: one query on one set of evidence. */
@Command(
    name = "query",
    description = "Answers one query about one set of evidence, with its certificate.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class QueryCommand implements Callable<Integer> {
  @Parameters(paramLabel = "MODEL", description = "The model, a file of any format that is read.")
  private Path model;

  @Option(
      names = "--given",
      paramLabel = "NAME=VALUE",
      description =
          "What is known of a variable: a number, a state, an interval [1.5,2] or a set {a|b}; once"
              + " for each variable, the others are unknown. NAME~{a:0.7,b:0.3} is a likelihood.")
  private List<String> given = new ArrayList<>();

  @Option(
      names = "--where",
      paramLabel = "FORMULA",
      description =
          "What holds of the variables together, such as 'x > 3 and (k = a or not y in [2,3])';"
              + " every answer is given that it does.")
  private @Nullable String where;

  @Option(names = "--log-density", description = "Natural log of the density of complete evidence.")
  private boolean logDensity;

  @Option(
      names = "--marginal",
      description = "Natural log of the probability or density of the evidence.")
  private boolean marginal;

  @Option(
      names = "--posterior",
      paramLabel = "NAME,...",
      description = "Distribution of each of these variables given the evidence.")
  private @Nullable String posterior;

  @Option(
      names = "--joint",
      paramLabel = "NAME,...",
      description = "Probability of every joint state of these categorical variables.")
  private @Nullable String joint;

  @Option(names = "--mpe", description = "Most probable values of all unknown variables together.")
  private boolean mpe;

  @Option(
      names = "--map",
      paramLabel = "NAME,...",
      description =
          "Most probable values of these categorical variables together, the others summed out.")
  private @Nullable String map;

  @Option(
      names = "--k-best",
      paramLabel = "K",
      description = "The K most probable assignments of a deterministic circuit, the best first.")
  private @Nullable Integer best;

  @Option(
      names = "--probability-of",
      paramLabel = "FORMULA",
      description = "Probability that a formula holds, given the evidence.")
  private @Nullable String probabilityOf;

  @Option(
      names = "--sample",
      paramLabel = "N",
      description = "N rows drawn given the evidence, as CSV.")
  private @Nullable Integer sample;

  @Mixin private CommonOptions common;

  private final Console console;

  QueryCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    requireOneQuery();
    Compilation compilation = common.compile(model, List.of());
    List<Question> questions = questions(compilation.circuit());
    Given evidence = Given.of(compilation, given, where);
    Inference inference = new Inference(compilation.circuit(), common.inference());
    List<Answer> found = new ArrayList<>();
    for (Question question : questions) {
      found.add(ask(question, inference, evidence, compilation));
    }
    QueryOutput out =
        common.json
            ? new QueryJson(compilation, evidence, common.seed, console.out())
            : new QueryText(compilation, evidence, console.out(), common.quiet);
    out.print(questions.get(0), found);
    return 0;
  }

  private static Answer ask(
      Question question, Inference inference, Given evidence, Compilation model) {
    try {
      return question.ask(inference, evidence.evidence());
    } catch (RefusedException e) {
      throw new Refusal(e, model.analysis());
    }
  }

  private void requireOneQuery() {
    long asked =
        Stream.of(
                logDensity,
                marginal,
                posterior != null,
                joint != null,
                mpe,
                map != null,
                best != null,
                probabilityOf != null,
                sample != null)
            .filter(is -> is)
            .count();
    if (asked != 1) {
      throw new UsageException(
          ("%s; expected one of --log-density, --marginal, --posterior, --joint, --mpe, --map,"
                  + " --k-best, --probability-of, --sample")
              .formatted(asked == 0 ? "no query is asked" : asked + " queries are asked"));
    }
    if (sample != null && sample < 0) {
      throw new UsageException("--sample " + sample + "; expected at least 0");
    }
    if (best != null && best < 1) {
      throw new UsageException("--k-best " + best + "; expected at least 1");
    }
  }

  private List<Question> questions(Circuit circuit) {
    if (posterior != null) {
      return Arrays.stream(Question.variables(circuit, posterior))
          .mapToObj(v -> (Question) Question.posterior(circuit, v, false))
          .toList();
    }
    if (joint != null) {
      return List.of(new Question.Joint(Question.variables(circuit, joint)));
    }
    if (map != null) {
      return List.of(new Question.MapOf(Question.variables(circuit, map)));
    }
    if (best != null) {
      return List.of(new Question.KBest(best));
    }
    if (probabilityOf != null) {
      Formula formula = Formula.parse(probabilityOf, circuit.variables());
      return List.of(new RowQuestion.ProbabilityOf(formula, probabilityOf));
    }
    if (sample != null) {
      return List.of(new Question.Sample(sample));
    }
    return List.of(
        mpe ? new RowQuestion.Mpe(circuit.numVariables()) : new RowQuestion.Log(logDensity));
  }
}
