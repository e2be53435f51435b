package org.ugmm.tool;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.compiler.build.TrainOptions;
import org.ugmm.compiler.build.Trained.Accuracy;
import org.ugmm.compiler.build.network.NetworkOptions;
import org.ugmm.compiler.build.network.NetworkTraining;
import org.ugmm.compiler.build.network.TrainedNetwork;
import org.ugmm.compiler.model.Layer;
import org.ugmm.compiler.write.NetworkWriter;
import org.ugmm.tool.out.FileOutput;
import org.ugmm.tool.out.JsonOut;
import org.ugmm.tool.out.OutputException;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.out.Words;
import org.ugmm.tool.table.LearnedTable;
import org.ugmm.tool.table.ValueReader;
import picocli.CommandLine.Option;

/** The options of {@code ugmm train} that ask for a layered network, and its training. */
@SuppressWarnings("NullAway.Init") // picocli sets the fields that have a default value
final class NetworkOption {
  private static final List<String> ENDINGS = List.of(".json", ".safetensors", ".circuit");

  /** The share of the class in what a hybrid climbs. */
  private static final double HYBRID = 0.5;

  @Option(
      names = "--network",
      paramLabel = "SIZES",
      description =
          "Learn the paper's layered network of these sizes, such as 784-128-64-10: inputs, units"
              + " of each layer, and one root a class; or one root in all, of a network that reads"
              + " the class too. -o FILE.json, .safetensors or .circuit.")
  private @Nullable String sizes;

  @Option(names = "--tied", description = "Components of a unit of a network share one mean.")
  private boolean isTied;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      description =
          "Share of the components of a network's first layer that a step leaves out (default: by"
              + " the number of rows).")
  private @Nullable String dropout;

  @Option(
      names = "--recipe",
      paramLabel = "NAME",
      description =
          "Start and course of a network: data (standardised inputs, layers centred on the data) or"
              + " paper (that of arXiv:2509.07569); default: data.")
  private NetworkOptions.@Nullable Recipe recipe;

  @Option(
      names = "--tractable",
      description =
          "A network of units over one variable each, below products and mixtures: it learns from"
              + " rows with holes and answers exactly with features missing. What that costs in"
              + " accuracy is measured and said.")
  private boolean isTractable;

  @Option(
      names = "--gaussians",
      paramLabel = "N",
      description = "Gaussians of each unit of a tractable network (default: 1).")
  private @Nullable Integer gaussians;

  boolean isAsked() {
    return sizes != null;
  }

  /** Refuses the options of networks where none is asked for. */
  void requireNone() {
    String given = isTractable ? "--tractable" : gaussians != null ? "--gaussians" : linkedOnly();
    if (given != null) {
      throw new UsageException(given + " is for networks; give the sizes of one with --network");
    }
  }

  private @Nullable String linkedOnly() {
    return isTied ? "--tied" : dropout != null ? "--dropout" : recipe != null ? "--recipe" : null;
  }

  private int numComponents() {
    return !isTractable ? 0 : gaussians == null ? 1 : gaussians;
  }

  boolean isTractable() {
    return isTractable;
  }

  private NetworkOptions.Recipe recipe() {
    return recipe == null ? NetworkOptions.Recipe.DATA : recipe;
  }

  /** What the options say. */
  NetworkOptions options(Path output, TrainOptions.Method method) {
    ending(output);
    double share =
        switch (method) {
          case GRADIENT -> 1;
          case HYBRID -> HYBRID;
          case EM -> {
            if (!isTractable()) {
              throw new UsageException(
                  "--learn em; expected gradient or hybrid for a network, or --tractable");
            }
            yield 0;
          }
        };
    if (isTractable()) {
      if (linkedOnly() != null) {
        throw new UsageException(
            "%s says how the paper's form is learned; leave it out with --tractable"
                .formatted(linkedOnly()));
      }
      if (output.toString().toLowerCase(Locale.ROOT).endsWith(".safetensors")) {
        throw new UsageException(
            "-o %s: the paper's own code has no products; expected .json or .circuit with --tractable"
                .formatted(output));
      }
      if (numComponents() < 1) {
        throw new UsageException("--gaussians %d; expected 1 or more".formatted(numComponents()));
      }
    } else if (gaussians != null) {
      throw new UsageException("--gaussians is for networks that are --tractable");
    }
    double p = dropout == null ? Double.NaN : ValueReader.number(dropout);
    if (dropout != null && !(p >= 0 && p < 1)) {
      throw new UsageException("--dropout %s; expected 0 or more, below 1".formatted(dropout));
    }
    try {
      return new NetworkOptions(
          NetworkOptions.sizes(String.valueOf(sizes)), isTied, p, share, recipe(), numComponents());
    } catch (IllegalArgumentException e) {
      throw new UsageException("--" + e.getMessage());
    }
  }

  private static String ending(Path output) {
    String name = output.toString().toLowerCase(Locale.ROOT);
    return ENDINGS.stream()
        .filter(name::endsWith)
        .findFirst()
        .orElseThrow(
            () ->
                new UsageException(
                    "-o %s: the ending tells no format of a network; expected %s"
                        .formatted(output, String.join(", ", ENDINGS))));
  }

  /** Adds to what of the command line decides the model. */
  void addSettings(Map<String, Object> settings) {
    settings.remove("structure");
    settings.remove("states");
    settings.put("network", String.valueOf(sizes));
    if (isTractable()) {
      settings.put("tractable", true);
      settings.put("gaussians", numComponents());
      return;
    }
    settings.put("recipe", recipe().name().toLowerCase(Locale.ROOT));
    settings.put("tied", isTied);
    settings.put("dropout", dropout == null ? "auto" : dropout);
  }

  /** Learns. */
  TrainedNetwork train(LearnedTable table, TrainOptions options, NetworkOptions shape) {
    return NetworkTraining.of(table.data()).learn(options, shape);
  }

  /** Writes the model; a {@code .circuit} with a card of what it was learned from. */
  void write(TrainedNetwork trained, TrainReport report, Map<String, Object> settings, Path target)
      throws IOException {
    if (ending(target).equals(".circuit")) {
      ByteArrayOutputStream card = new ByteArrayOutputStream();
      try (JsonGenerator json = JsonOut.open(card)) {
        json.writeStartObject();
        for (Map.Entry<String, Object> setting : settings.entrySet()) {
          json.writeObjectField(setting.getKey(), setting.getValue());
        }
        report.writeTable(json);
        writeFacts(json, trained);
        json.writeEndObject();
      }
      ModelCompiler.compile(trained.network(), CompileOptions.defaults())
          .circuit()
          .withCard(card.toString(StandardCharsets.UTF_8))
          .save(target);
      return;
    }
    try (FileOutput file = FileOutput.open(target)) {
      OutputStream stream = file.stream();
      boolean isJson = ending(target).equals(".json");
      (isJson ? NetworkWriter.JSON : NetworkWriter.SAFETENSORS).write(trained.network(), stream);
      file.commit();
    } catch (IOException e) {
      throw new OutputException(target, e);
    }
  }

  /** Tells what was learned. */
  void print(
      TrainedNetwork trained, TrainReport report, Path target, boolean isJson, PrintStream out)
      throws IOException {
    if (isJson) {
      JsonGenerator json = JsonOut.open(out);
      json.writeStartObject();
      json.writeStringField("model", target.toString());
      report.writeTable(json);
      writeFacts(json, trained);
      json.writeEndObject();
      JsonOut.close(json);
      return;
    }
    out.println(
        "%snetwork %s: %s parameters"
            .formatted(
                isTractable() ? "tractable " : "",
                sizes,
                Words.count((int) Math.min(Integer.MAX_VALUE, size(trained)))));
    out.println(
        "%s epochs over %s rows%s"
            .formatted(
                Words.count(trained.epochs()),
                Words.count(trained.numTrain()),
                trained.bestEpoch() == trained.epochs()
                    ? ""
                    : ", the best after " + trained.bestEpoch()));
    Accuracy accuracy = trained.accuracy();
    if (accuracy != null && accuracy.rows() > 0) {
      out.println(
          "class '%s': %s right of %s rows kept back, %s; 95 %% confidence %s to %s"
              .formatted(
                  report.className(),
                  Words.count(accuracy.right()),
                  Words.count(accuracy.rows()),
                  Words.percent(accuracy.value()),
                  Words.percent(accuracy.lo()),
                  Words.percent(accuracy.hi())));
      out.println(
          String.format(
              Locale.ROOT,
              "mean log-probability of the right class %.4f, calibration error %.4f",
              trained.classLog(),
              trained.calibration()));
    } else if (trained.numValid() > 0) {
      out.println(
          String.format(
              Locale.ROOT,
              "%s rows kept back: mean log of the network %.4f%s",
              Words.count(trained.numValid()),
              trained.valid(),
              isTractable() ? "" : " (not normalised)"));
    }
    TrainedNetwork.Price price = trained.price();
    if (price != null) {
      out.println(
          "the price of exact answers with features missing: the paper's form of these sizes is right on %s of %s complete rows kept back, this network on %s"
              .formatted(
                  Words.count(price.linked().right()),
                  Words.count(price.linked().rows()),
                  Words.count(price.tractable().right())));
    }
    out.println(
        "%s%s"
            .formatted(trained.isStopped() ? "stopped early; the best so far is in " : "", target));
  }

  private static long size(TrainedNetwork trained) {
    return trained.network().layers().stream().mapToLong(Layer::numParameters).sum();
  }

  /** The fields that the JSON document and the card of the model share. */
  private static void writeFacts(JsonGenerator json, TrainedNetwork trained) throws IOException {
    json.writeNumberField("parameters", size(trained));
    json.writeNumberField("epochsDone", trained.epochs());
    json.writeNumberField("bestEpoch", trained.bestEpoch());
    json.writeNumberField("trainRows", trained.numTrain());
    json.writeNumberField("incompleteRows", trained.numIncomplete());
    json.writeNumberField("validRows", trained.numValid());
    TrainReport.number(json, "valid", trained.valid());
    Accuracy accuracy = trained.accuracy();
    if (accuracy != null && accuracy.rows() > 0) {
      json.writeNumberField("accuracy", accuracy.value());
      JsonOut.interval(json, "accuracyInterval", accuracy.lo(), accuracy.hi());
      TrainReport.number(json, "classLog", trained.classLog());
      TrainReport.number(json, "calibration", trained.calibration());
    }
    TrainedNetwork.Price price = trained.price();
    if (price != null) {
      json.writeObjectFieldStart("price");
      json.writeNumberField("rows", price.linked().rows());
      json.writeNumberField("tractableAccuracy", price.tractable().value());
      json.writeNumberField("linkedAccuracy", price.linked().value());
      json.writeEndObject();
    }
    json.writeNumberField("stepsLeftOut", trained.numLeftOut());
    json.writeBooleanField("isStopped", trained.isStopped());
  }

  /** What a person should know besides. */
  static List<String> notes(TrainedNetwork trained, Path target) {
    List<String> notes = new ArrayList<>();
    if (trained.numIncomplete() > 0) {
      notes.add(
          "%s rows with a missing cell are left out: a network with links learns from complete rows"
              .formatted(Words.count(trained.numIncomplete())));
    }
    if (trained.numLeftOut() > 0) {
      notes.add(
          "%s steps were left out, as a number of theirs was not finite"
              .formatted(Words.count(trained.numLeftOut())));
    }
    if (ending(target).equals(".safetensors")) {
      notes.add(
          "a .safetensors file has no place for names, domains and class shares; .json keeps them");
    }
    return notes;
  }
}
