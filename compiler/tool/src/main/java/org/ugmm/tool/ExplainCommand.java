package org.ugmm.tool;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.tool.answer.ExplanationText;
import org.ugmm.tool.answer.Given;
import org.ugmm.tool.out.FileOutput;
import org.ugmm.tool.out.OutputException;
import org.ugmm.tool.out.Refusal;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.table.ValueReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ugmm explain}: what each piece of evidence did to an answer. */
@Command(
    name = "explain",
    description =
        "Says what each piece of evidence did to the posterior of a variable, in numbers that add"
            + " up: exact Shapley values, and what the answer would be without the piece.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {
      "",
      "The numbers are changes of the log-odds of a state, or of the mean of a number. They are",
      "exact where the budget (--budget N) has N/2 evaluations for all sets of evidence, 2^n for n",
      "pieces, 16 by default; beyond, --allow exact,estimated draws orders of the pieces.",
      "",
      "Example: ugmm explain penguins.circuit --given bill_length_mm=39 --given body_mass_g=3700"
          + " --target species --plot why.svg"
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ExplainCommand implements Callable<Integer> {
  @Parameters(paramLabel = "MODEL", description = "The model, a file of any format that is read.")
  private Path model;

  @Option(
      names = "--given",
      paramLabel = "NAME=VALUE",
      description = "A piece of evidence, as in query; once for each.")
  private List<String> given = new ArrayList<>();

  @Option(
      names = "--where",
      paramLabel = "FORMULA",
      description =
          "What holds of the variables together, as in query; it is no piece of evidence: it holds"
              + " before the first one as well.")
  private @Nullable String where;

  @Option(
      names = "--target",
      paramLabel = "NAME",
      required = true,
      description = "The variable whose posterior is explained.")
  private String target;

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description = "The state whose log-odds are explained (default: the most probable one).")
  private @Nullable String state;

  @Option(
      names = "--plot",
      paramLabel = "FILE.svg",
      description = "Draw the changes as a waterfall into an SVG file.")
  private @Nullable Path plot;

  @Mixin private CommonOptions common;

  private final Console console;

  ExplainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Compilation compilation = common.compile(model, List.of());
    Circuit circuit = compilation.circuit();
    Given known = Given.of(compilation, given, where);
    int variable = circuit.indexOf(target);
    int index = -1;
    if (state != null) {
      if (!(circuit.variables().get(variable) instanceof Categorical categorical)) {
        throw new UsageException(
            "--state %s: variable '%s' is no categorical one".formatted(state, target));
      }
      index = new ValueReader(compilation.variables().get(variable)).state(state, categorical);
    }
    Inference inference = new Inference(circuit, common.inference());
    ExplanationText text;
    try {
      text = ExplanationText.of(compilation, inference, known, variable, index);
    } catch (RefusedException e) {
      throw new Refusal(e, compilation.analysis());
    }
    if (common.json) {
      text.writeJson(console.out());
    } else {
      text.print(console.out(), common.quiet);
    }
    if (plot != null) {
      draw(plot, text);
    }
    return 0;
  }

  private void draw(Path file, ExplanationText text) {
    try (FileOutput out = FileOutput.open(file, model)) {
      out.stream().write(text.svg().getBytes(StandardCharsets.UTF_8));
      out.commit();
    } catch (IOException e) {
      throw new OutputException(file, e);
    }
  }
}
