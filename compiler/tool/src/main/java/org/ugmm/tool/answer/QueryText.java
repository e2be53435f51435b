package org.ugmm.tool.answer;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.PrintStream;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.ugmm.compiler.Compilation;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RealMoments;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.mixture.LeafMixture;
import org.ugmm.tool.out.TextTable;
import org.ugmm.tool.out.Words;
import org.ugmm.tool.table.ValueReader;

/** Prints answers for a person. */
public record QueryText(Compilation model, Given given, PrintStream out, boolean isQuiet)
    implements QueryOutput {
  private static final int COMPONENTS_SHOWN = 10;

  @Override
  public void print(Question question, List<Answer> answers) {
    for (Answer answer : answers) {
      if (question instanceof RowQuestion.ProbabilityOf of && answer instanceof Answer.Log log) {
        probability(of, log.log());
      } else if (answer instanceof Answer.Log log) {
        logProbability(question.text(model.circuit()), log.log());
      } else if (answer instanceof Answer.Distribution of) {
        posterior(of.posterior());
      } else if (answer instanceof Answer.Joint joint) {
        joint(joint);
      } else if (answer instanceof Answer.Chosen chosen) {
        chosen(chosen);
      } else if (answer instanceof Answer.Explanations explanations) {
        explanations.best().forEach(this::mpe);
      } else {
        samples(((Answer.Samples) answer).rows());
      }
    }
  }

  private void logProbability(String query, LogProbability answer) {
    heading("%s of %s".formatted(query, given.words()));
    String what = isProbability() ? "probability" : "density";
    String symbol = answer.normalised() ? "p" : "f";
    new TextTable("", "")
        .row("log " + symbol, Double.toString(answer.value()))
        .row(answer.normalised() ? what : "f", Words.exp(answer.value()))
        .row("certificate", Words.certificate(answer.certificate()))
        .print(out);
    unnormalised(answer.normalised());
  }

  private void probability(RowQuestion.ProbabilityOf question, LogProbability answer) {
    heading("probability of %s given %s".formatted(question.words(), given.words()));
    new TextTable("", "")
        .row("probability", Words.exp(answer.value()))
        .row("all digits", Double.toString(Math.exp(answer.value())))
        .row("log p", Double.toString(answer.value()))
        .row("certificate", Words.certificate(linear(answer.certificate())))
        .print(out);
  }

  /** The certificate of a probability by that of its log. */
  static Certificate linear(Certificate ofLog) {
    if (ofLog instanceof Exact exact) {
      double bound = exact.relativeErrorBound();
      return new Exact(bound == 0 ? 0 : bound + 0x1p-51);
    }
    Enclosed log = (Enclosed) ofLog;
    double hi = Math.exp(log.hi());
    return new Enclosed(
        Math.max(0, Math.nextDown(Math.nextDown(Math.exp(log.lo())))),
        Math.min(1, Math.nextUp(Math.nextUp(hi))));
  }

  private void unnormalised(boolean normalised) {
    if (!normalised && !isQuiet) {
      Why why = model.circuit().normaliser().whyUnknown();
      out.println(
          "  unnormalised: f is the value of the network, not divided by its integral Z, which is"
              + " not known"
              + (why == null ? "" : " (" + why + ")"));
    }
  }

  /** Whether the evidence has a probability rather than a density: it holds no point of a real. */
  private boolean isProbability() {
    return given.known().values().stream().noneMatch(of -> of instanceof Known.Value);
  }

  private void posterior(Posterior answer) {
    heading("%s given %s".formatted(answer.variable().name(), given.words()));
    if (answer instanceof CategoricalPosterior categorical) {
      states(categorical);
    } else if (answer instanceof GaussianMixture mixture) {
      mixture(mixture);
    } else if (answer instanceof LeafMixture mixture) {
      leaves(mixture);
    } else if (answer instanceof RealMoments moments) {
      moments(moments);
      return;
    }
    out.println("  certificate   " + Words.certificate(answer.certificate()));
  }

  private void joint(Answer.Joint joint) {
    List<ModelVariable> asked =
        IntStream.of(joint.variables()).mapToObj(v -> model.variables().get(v)).toList();
    heading(
        "%s given %s"
            .formatted(
                asked.stream().map(ModelVariable::name).collect(Collectors.joining(", ")),
                given.words()));
    String[] headings = new String[asked.size() + 1];
    for (int i = 0; i < asked.size(); i++) {
      headings[i] = asked.get(i).name();
    }
    headings[asked.size()] = ">probability";
    TextTable table = new TextTable(headings);
    IntStream.range(0, joint.states().length)
        .boxed()
        .sorted(Comparator.comparingDouble(j -> -joint.probabilities().get(j).value()))
        .forEach(
            j -> {
              String[] cells = new String[headings.length];
              for (int i = 0; i < asked.size(); i++) {
                cells[i] = ValueReader.text(asked.get(i), joint.states()[j][i]);
              }
              cells[asked.size()] = Double.toString(Math.exp(joint.probabilities().get(j).value()));
              table.row(cells);
            });
    table.print(out);
    out.println("  certificate   " + Words.certificate(weakest(certificates(joint))));
  }

  private void moments(RealMoments moments) {
    new TextTable("", "")
        .row("mean", Words.rounded(moments.mean()))
        .row("standard deviation", Words.rounded(Math.sqrt(moments.variance())))
        .row("certificate", Words.certificate(moments.certificate()))
        .print(out);
  }

  private void states(CategoricalPosterior posterior) {
    TextTable table = new TextTable("", ">", ">");
    List<String> states = posterior.variable().states();
    IntStream.range(0, states.size())
        .boxed()
        .sorted(Comparator.comparingDouble(s -> -posterior.probability(s)))
        .forEach(
            s -> {
              double p = posterior.probability(s);
              String number =
                  posterior.isTiny(s)
                      ? "log p %s, error at most %.1e"
                          .formatted(posterior.logProbability(s), posterior.logErrorBound(s))
                      : Double.toString(p);
              table.row(states.get(s), Words.percent(p), number);
            });
    table.print(out);
  }

  private void leaves(LeafMixture posterior) {
    summary(posterior);
    List<LeafMixture.Component> components = posterior.components();
    Variable.Real variable = posterior.variable();
    boolean isCut = posterior.lo() > variable.lo() || posterior.hi() < variable.hi();
    out.printf(
        "  mixture of %d %s%s%n",
        components.size(),
        components.size() == 1 ? "leaf" : "leaves",
        isCut
            ? ", cut to [%s, %s]"
                .formatted(Words.rounded(posterior.lo()), Words.rounded(posterior.hi()))
            : "");
    TextTable table = new TextTable(">weight", "family", ">mean", ">standard deviation");
    components.stream()
        .sorted(Comparator.comparingDouble(component -> -component.weight()))
        .limit(COMPONENTS_SHOWN)
        .forEach(
            component ->
                table.row(
                    Words.rounded(component.weight()),
                    component.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                    Words.rounded(component.mean()),
                    Words.rounded(Math.sqrt(component.variance()))));
    table.print(out);
    more(components.size());
  }

  private void more(int size) {
    if (size > COMPONENTS_SHOWN) {
      out.printf("  ... and %d of less weight; --json has them all%n", size - COMPONENTS_SHOWN);
    }
  }

  private void summary(Posterior.Numeric posterior) {
    new TextTable("", "")
        .row("mean", Words.rounded(posterior.mean()))
        .row("standard deviation", Words.rounded(Math.sqrt(posterior.variance())))
        .row("median", Words.rounded(posterior.quantile(0.5)))
        .row(
            "95 % lie in",
            "[%s, %s]"
                .formatted(
                    Words.rounded(posterior.quantile(0.025)),
                    Words.rounded(posterior.quantile(0.975))))
        .print(out);
  }

  private void mixture(GaussianMixture posterior) {
    summary(posterior);
    double[] weight = posterior.weights();
    double[] mean = posterior.means();
    double[] scale = posterior.scales();
    out.printf(
        "  mixture of %s%s%s%n",
        weight.length == 1 ? "1 Gaussian" : weight.length + " Gaussians",
        posterior.uniformWeight() > 0
            ? " and, with weight %s, the uniform distribution"
                .formatted(Words.rounded(posterior.uniformWeight()))
            : "",
        Double.isFinite(posterior.lo()) || Double.isFinite(posterior.hi())
            ? ", cut to [%s, %s]"
                .formatted(Words.rounded(posterior.lo()), Words.rounded(posterior.hi()))
            : "");
    TextTable table = new TextTable(">weight", ">mean", ">scale");
    IntStream.range(0, weight.length)
        .boxed()
        .sorted(Comparator.comparingDouble(k -> -weight[k]))
        .limit(COMPONENTS_SHOWN)
        .forEach(
            k ->
                table.row(
                    Words.rounded(weight[k]), Words.rounded(mean[k]), Words.rounded(scale[k])));
    table.print(out);
    more(weight.length);
  }

  private void mpe(MpeAnswer answer) {
    heading("most probable values given %s".formatted(given.words()));
    TextTable table = new TextTable("", "", "");
    for (int v = 0; v < answer.assignment().length; v++) {
      ModelVariable variable = model.variables().get(v);
      table.row(
          variable.name(),
          ValueReader.text(variable, answer.assignment()[v]),
          given.evidence().isPoint(v) ? "(given)" : "");
    }
    table.print(out);
    bounds(answer);
  }

  private void chosen(Answer.Chosen answer) {
    heading("most probable values given %s, the others summed out".formatted(given.words()));
    TextTable table = new TextTable("", "");
    for (int i = 0; i < answer.variables().length; i++) {
      ModelVariable variable = model.variables().get(answer.variables()[i]);
      table.row(variable.name(), ValueReader.text(variable, answer.best().assignment()[i]));
    }
    table.print(out);
    bounds(answer.best());
  }

  private void bounds(MpeAnswer answer) {
    String symbol = answer.normalised() ? "log p" : "log f";
    new TextTable("", "")
        .row(symbol, Double.toString(answer.logValue()))
        .row("proven upper bound", Double.toString(answer.logUpperBound()))
        .row("certificate", Words.certificate(answer.certificate()))
        .print(out);
    unnormalised(answer.normalised());
  }

  private void samples(double[] rows) {
    int numVariables = model.variables().size();
    StringWriter text = new StringWriter();
    CsvWriter csv = CsvWriter.builder().bufferSize(0).lineDelimiter(LineDelimiter.LF).build(text);
    csv.writeRecord(model.variables().stream().map(ModelVariable::name).toList());
    String[] cells = new String[numVariables];
    for (int from = 0; from < rows.length; from += numVariables) {
      for (int v = 0; v < numVariables; v++) {
        cells[v] = ValueReader.text(model.variables().get(v), rows[from + v]);
      }
      csv.writeRecord(Arrays.asList(cells));
      out.print(text);
      text.getBuffer().setLength(0);
    }
    out.print(text);
  }

  /** The certificates of an answer. */
  static List<Certificate> certificates(Answer answer) {
    if (answer instanceof Answer.Log log) {
      return List.of(log.log().certificate());
    }
    if (answer instanceof Answer.Distribution of) {
      return List.of(of.posterior().certificate());
    }
    if (answer instanceof Answer.Joint joint) {
      return joint.probabilities().stream().map(LogProbability::certificate).toList();
    }
    if (answer instanceof Answer.Chosen chosen) {
      return List.of(chosen.best().certificate());
    }
    return answer instanceof Answer.Explanations explanations
        ? explanations.best().stream().map(MpeAnswer::certificate).toList()
        : List.of();
  }

  /** The weakest of the certificates: of one kind, the one with the largest bound. */
  static Certificate weakest(List<Certificate> certificates) {
    Certificate weakest = certificates.get(0);
    for (Certificate other : certificates) {
      int order = other.kind().compareTo(weakest.kind());
      boolean isLarger =
          other instanceof Exact a
              && weakest instanceof Exact b
              && a.relativeErrorBound() > b.relativeErrorBound();
      if (order > 0 || isLarger) {
        weakest = other;
      }
    }
    return weakest;
  }

  private void heading(String text) {
    if (!isQuiet) {
      out.println(text);
    }
  }
}
