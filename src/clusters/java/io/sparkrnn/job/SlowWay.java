package io.sparkrnn.job;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;

/** The way to a server that is far off: what clients send arrives after a while, what the server answers at once. */
final class SlowWay implements AutoCloseable {
    private static final int BUFFER = 1 << 16;

    private final ServerSocket door;
    private final int server;
    private final Duration delay;

    private SlowWay(ServerSocket door, int server, Duration delay) {
        this.door = door;
        this.server = server;
        this.delay = delay;
    }

    /** Opens one to a port of this machine; each request that is sent over it waits for so long. */
    static SlowWay to(int server, Duration delay) throws IOException {
        SlowWay way = new SlowWay(new ServerSocket(0, 100, InetAddress.getLoopbackAddress()), server, delay);
        start(way::serve);
        return way;
    }

    int port() {
        return door.getLocalPort();
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "slow way");
        thread.setDaemon(true);
        thread.start();
    }

    private void serve() {
        while (!door.isClosed()) {
            try {
                Socket client = door.accept();
                Socket there = new Socket(InetAddress.getLoopbackAddress(), server);
                client.setTcpNoDelay(true);
                there.setTcpNoDelay(true);
                start(() -> carry(client, there, delay));
                start(() -> carry(there, client, Duration.ZERO));
            } catch (IOException e) {
                // closed, or the server is gone: clients see it
                return;
            }
        }
    }

    private static void carry(Socket from, Socket to, Duration delay) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[BUFFER];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                Thread.sleep(delay.toMillis());
                out.write(buffer, 0, count);
            }
        } catch (IOException e) {
            // either side has hung up
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
    }
}
