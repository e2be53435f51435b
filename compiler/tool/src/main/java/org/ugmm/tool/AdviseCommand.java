package org.ugmm.tool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.Certificate.Kind;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.explain.Advice;
import org.ugmm.engine.explain.Advisor;
import org.ugmm.tool.answer.AdviceText;
import org.ugmm.tool.answer.Given;
import org.ugmm.tool.out.Refusal;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.out.Words;
import org.ugmm.tool.table.ValueReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ugmm advise}: which missing value to measure next. */
@Command(
    name = "advise",
    description =
        "Ranks the variables that are not known by what their value would tell of a target: the"
            + " expected information, and how good the decision would be then.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {
      "",
      "Information is in nats. Between two categorical variables it is exact; with a number among",
      "them it is estimated, which is allowed here unless --allow says otherwise.",
      "",
      "Example: ugmm advise penguins.circuit --given island=Dream --target species"
          + " --cost body_mass_g=3"
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class AdviseCommand implements Callable<Integer> {
  @Parameters(paramLabel = "MODEL", description = "The model, a file of any format that is read.")
  private Path model;

  @Option(
      names = "--given",
      paramLabel = "NAME=VALUE",
      description = "What is known, as in query; once for each variable.")
  private List<String> given = new ArrayList<>();

  @Option(
      names = "--where",
      paramLabel = "FORMULA",
      description = "What holds of the variables together, as in query.")
  private @Nullable String where;

  @Option(
      names = "--target",
      paramLabel = "NAME",
      required = true,
      description = "The variable that one wants to know.")
  private String target;

  @Option(
      names = "--cost",
      paramLabel = "NAME=COST",
      description =
          "What measuring a variable costs, above 0; 1 where nothing is said. The rank is then that"
              + " of information by cost.")
  private List<String> costs = new ArrayList<>();

  @Mixin private CommonOptions common;

  @Spec private CommandSpec spec;

  private final Console console;

  AdviseCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Compilation compilation = common.compile(model, List.of());
    Given known = Given.of(compilation, given, where);
    int variable = compilation.circuit().indexOf(target);
    Map<Integer, Double> cost = costs(compilation);
    InferenceOptions options = common.inference();
    if (!spec.commandLine().getParseResult().hasMatchedOption("--allow")) {
      options = options.allowing(Kind.EXACT, Kind.ENCLOSED, Kind.ESTIMATED);
    }
    Advice advice;
    try {
      advice =
          new Advisor(new Inference(compilation.circuit(), options))
              .advise(variable, known.evidence());
    } catch (RefusedException e) {
      throw new Refusal(e, compilation.analysis());
    }
    AdviceText text = new AdviceText(compilation, known, advice, cost);
    if (common.json) {
      text.writeJson(console.out());
    } else {
      text.print(console.out(), common.quiet);
    }
    return 0;
  }

  private Map<Integer, Double> costs(Compilation compilation) {
    Map<Integer, Double> cost = new HashMap<>();
    for (String option : costs) {
      int end = option.lastIndexOf('=');
      double value = end < 1 ? Double.NaN : ValueReader.number(option.substring(end + 1).strip());
      if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
        throw new UsageException(
            "--cost '%s'; expected NAME=COST with a cost above 0, such as body_mass_g=2.5"
                .formatted(Words.shorten(option)));
      }
      cost.put(compilation.circuit().indexOf(option.substring(0, end)), value);
    }
    return cost;
  }
}
