package org.ugmm.compiler.write;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.engine.Circuit;

/** Writes a circuit as a model of another format; the ending of a name tells which. */
public enum ModelWriter {
  /** {@code ugmm-graph/1}: everything but base measures that stand alone. */
  GRAPH(".json"),
  /** The text of the PSDD tools: binary variables, tractable circuits. */
  PSDD(".psdd"),
  /** The text of Juice: no links, no bounded domains. */
  JPC(".jpc"),
  /** A Markov network of one table: few categorical variables. */
  UAI(".uai"),
  /** What the circuit says of complete rows, for ONNX Runtime and its like. */
  ONNX(".onnx"),
  /** A drawing for Graphviz. */
  GRAPHVIZ(".dot", ".gv");

  private final String[] endings;

  ModelWriter(String... endings) {
    this.endings = endings;
  }

  /** The writer for a name; null when its ending tells none. */
  public static @Nullable ModelWriter of(String name) {
    for (ModelWriter writer : values()) {
      for (String ending : writer.endings) {
        if (name.toLowerCase(Locale.ROOT).endsWith(ending)) {
          return writer;
        }
      }
    }
    return null;
  }

  /** The endings that tell a format, for a message. */
  public static String allEndings() {
    return ".json (ugmm-graph/1), .psdd, .jpc, .uai, .onnx, .dot, .gv";
  }

  /**
   * Writes a circuit.
   *
   * @throws IOException if the stream cannot be written
   * @throws ModelException if the format cannot state what the circuit is; the message says why
   */
  public void write(Circuit circuit, OutputStream stream) throws IOException {
    Writer out =
        new BufferedWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), 1 << 16);
    switch (this) {
      case GRAPH -> GraphWriter.write(circuit, stream);
      case PSDD -> PsddWriter.write(circuit, out);
      case JPC -> JpcWriter.write(circuit, out);
      case UAI -> UaiWriter.write(circuit, out);
      case ONNX -> OnnxWriter.write(circuit, stream);
      case GRAPHVIZ -> GraphvizWriter.write(circuit, out);
    }
    out.flush();
  }

  static ModelException cannot(String format, String found, String expected) {
    return new ModelException(
        "%s cannot state this circuit: %s; expected %s".formatted(format, found, expected));
  }
}
