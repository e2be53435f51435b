package org.ugmm.compiler.write;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.Network;

/** Writes a layered network as a layered network; the ending of a name tells the format. */
public enum NetworkWriter {
  /** {@code ugmm-network/1}: everything. */
  JSON(".network.json"),
  /** The state dict of the paper's own code, float32: no names, domains or classes. */
  SAFETENSORS(".safetensors");

  private final String ending;

  NetworkWriter(String ending) {
    this.ending = ending;
  }

  /** The writer for a name; null when its ending tells none. */
  public static @Nullable NetworkWriter of(String name) {
    for (NetworkWriter writer : values()) {
      if (name.toLowerCase(Locale.ROOT).endsWith(writer.ending)) {
        return writer;
      }
    }
    return null;
  }

  /** The ending that tells the format. */
  public String ending() {
    return ending;
  }

  /**
   * Writes a network.
   *
   * @throws IOException if the stream cannot be written
   * @throws ModelException if the format cannot state what the network is; the message says why
   */
  public void write(Network network, OutputStream stream) throws IOException {
    switch (this) {
      case JSON -> NetworkJsonWriter.write(network, stream);
      case SAFETENSORS -> SafetensorsWriter.write(network, stream);
    }
  }
}
