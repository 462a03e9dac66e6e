package io.sparkrnn.job.inspect;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.options.JobCommand;
import io.sparkrnn.job.options.ModelArguments;
import io.sparkrnn.job.storage.Sha256;
import io.sparkrnn.job.storage.Storage;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints what a file says of its network. */
@Command(
        name = "inspect",
        sortOptions = false,
        customSynopsis = "spark-rnn inspect [OPTIONS]",
        description = "Prints what network a file holds, and its tensors.")
public final class InspectCommand extends JobCommand {
    @Mixin
    private ModelArguments model = new ModelArguments();

    @Option(
            names = "--format",
            paramLabel = "text|json|dot",
            defaultValue = "text",
            description =
                    "For people, for programs (one JSON object), or for Graphviz, which makes a picture of it: | dot -Tsvg."
                            + " Default: text.")
    private Format format = Format.TEXT;

    /** How it is printed. */
    enum Format {
        TEXT,
        JSON,
        DOT;

        private String of(ModelDescription model) {
            return switch (this) {
                case TEXT -> new TextDescription(model).text();
                case JSON -> new JsonDescription(model).text();
                case DOT -> new DotDescription(model).text();
            };
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public Integer call() {
        Storage storage = Storage.configured();
        try (Storage.LocalFile local = storage.localModel(model.path())) {
            ModelFile file = model.open(storage, local, local.companions());
            out().print(format.of(ModelDescription.of(file, Sha256.of(local.path()), model, storage)));
            out().flush();
        }
        return ExitCode.DONE.number();
    }
}
