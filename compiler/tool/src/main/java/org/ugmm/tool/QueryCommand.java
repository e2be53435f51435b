package org.ugmm.tool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.Posterior;
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
          "What is known of a variable: a number, a state, an interval [1.5,2] or a set {a|b};"
              + " once for each variable, the others are unknown.")
  private List<String> given = new ArrayList<>();

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

  @Option(names = "--mpe", description = "Most probable values of all unknown variables together.")
  private boolean mpe;

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
    long asked =
        Stream.of(logDensity, marginal, posterior != null, mpe, sample != null)
            .filter(is -> is)
            .count();
    if (asked != 1) {
      throw new UsageException(
          "%s; expected one of --log-density, --marginal, --posterior, --mpe, --sample"
              .formatted(asked == 0 ? "no query is asked" : asked + " queries are asked"));
    }
    if (sample != null && sample < 0) {
      throw new UsageException("--sample " + sample + "; expected at least 0");
    }
    Compilation compilation = common.compile(model, List.of());
    Given evidence = Given.of(compilation, given);
    Answers answers = new Answers(compilation.circuit(), common.allowed(), common.seed);
    QueryOutput out =
        common.json
            ? new QueryJson(compilation, evidence, console.out())
            : new QueryText(compilation, evidence, console.out(), common.quiet);
    if (logDensity) {
      out.logProbability("log-density", answers.logDensity(evidence.evidence()));
    } else if (marginal) {
      out.logProbability("marginal", answers.marginal(evidence.evidence()));
    } else if (mpe) {
      out.mpe(answers.mpe(evidence.evidence()));
    } else if (posterior != null) {
      List<Posterior> posteriors = new ArrayList<>();
      for (int variable : variables(compilation.circuit(), posterior)) {
        posteriors.add(answers.posterior(variable, evidence.evidence()));
      }
      out.posteriors(posteriors);
    } else {
      int count = Objects.requireNonNull(sample);
      out.samples(answers.sample(evidence.evidence(), count), common.seed);
    }
    return 0;
  }

  /** The variables of a list of names; a name with a comma in it is taken as a whole. */
  static int[] variables(Circuit circuit, String names) {
    if (circuit.variables().stream().anyMatch(v -> v.name().equals(names))) {
      return new int[] {circuit.indexOf(names)};
    }
    return Arrays.stream(names.split(",", -1))
        .mapToInt(name -> circuit.indexOf(name.strip()))
        .distinct()
        .toArray();
  }
}
